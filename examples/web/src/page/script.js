"use strict";
fetch("/cache-info")
  .then((response) => response.json())
  .then((info) => { document.getElementById("caches").textContent = JSON.stringify(info, null, 2); });
