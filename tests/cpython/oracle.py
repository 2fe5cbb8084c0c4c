"""CPython's side of the differential test: answers operations read from standard input.

A line is the name of a cache and an operation, as `operation.rs` writes them; the answer to each is
one line too. Everything here has its like in `cached.rs`.
"""

import functools
import sys

# The steps that bodies have yet to take within the present call, the next one last.
plan = []

# What has happened within the present call.
trace = []


class Raised(Exception):
    """What a body fails with."""


def nth_number(n):
    return n - 2


def nth_text(n):
    return "" if n == 0 else f"{'clé ' * (n % 9)}{n}"


class Owner:
    """What has a method. It is a part of the key."""

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __hash__(self):
        return hash(self.number)


# The nth arguments of a function, and its value for them.
NUMBER = (lambda n: (nth_number(n),), lambda key: 31 * key + 7)
KINDS = {
    "number": NUMBER,
    "local": NUMBER,
    "text": (lambda n: (nth_text(n),), lambda key: f"<{key}>"),
    "pair": (
        lambda n: (nth_text(n // 4), nth_number(n % 4)),
        lambda first, second: f"<{first}, {second}>",
    ),
    # A method is a function whose first argument is its object.
    "method": (
        lambda n: (Owner(nth_number(n // 4)), nth_number(n % 4)),
        lambda owner, key: f"<{owner.number} {key}>",
    ),
}


class Cached:
    """One cached function at one maxsize."""

    def __init__(self, name):
        kind, maxsize = name.split("/")
        self.nth_arguments, value = KINDS[kind]

        @functools.lru_cache(maxsize=None if maxsize == "None" else int(maxsize))
        def function(*arguments):
            follow_plan(self.call)
            return value(*arguments)

        self.function = function

    def answer(self, action, *arguments):
        if action == "parameters":
            happened = self.function.cache_parameters()
        elif action == "clear":
            self.function.cache_clear()
            happened = "cleared"
        else:
            n, *steps = arguments
            plan[:] = reversed(steps)
            trace.clear()
            try:
                self.call(int(n))
            except Raised:
                pass  # The trace has it.
            happened = "".join(trace)
        return f"{happened} {self.function.cache_info()}"

    def call(self, n):
        """Writes a call into the trace. Where no body wrote that it ran, it was a hit."""
        trace.append(f"({n} ")
        written = len(trace)
        end = " raised)"
        try:
            value = self.function(*self.nth_arguments(n))
            end = f" ={value})"
        finally:
            if len(trace) == written:
                trace.append("hit")
            trace.append(end)


def follow_plan(call):
    """All that a body does but for its value."""
    trace.append("miss")
    while plan:
        step, _, n = plan.pop().partition(":")
        if step == "call":
            call(int(n))
        elif step == "try":
            try:
                call(int(n))
            except Raised:
                pass
        elif step == "return":
            break
        elif step == "raise":
            raise Raised
        else:
            raise ValueError(f"no such step: {step}")


def main():
    caches = {}
    for line in sys.stdin:
        name, *operation = line.split()
        if name not in caches:
            caches[name] = Cached(name)
        print(caches[name].answer(*operation))


if __name__ == "__main__":
    main()
