//! A Redis that is reached by TLS, and one that Sentinel names.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use functools::redis::{Redis, Tier};
use functools::{CacheStatus, lru_cache};

use crate::Installed;
use crate::common::SECOND;
use crate::server::{Directory, Server, free_port, program};

#[cfg(feature = "tls")]
mod by_tls {
    use super::*;

    fn openssl(directory: &Path, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(directory)
            .output()
            .expect("openssl, to make certificates with");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// An authority, and a certificate of it for this machine.
    fn certificates(directory: &Path) {
        openssl(
            directory,
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 \
             -subj /CN=authority",
        );
        openssl(
            directory,
            "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server",
        );
        fs::write(directory.join("names"), "subjectAltName=IP:127.0.0.1").expect("a file");
        openssl(
            directory,
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
             -extfile names -out server.pem",
        );
    }

    #[test]
    fn a_server_is_believed_that_shows_a_certificate() {
        static TIER: Tier = Tier::new();
        static OTHER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "tls:{id}", tier = TIER))]
        fn secured(id: u32) -> u32 {
            id + 1
        }
        let directory = Directory::new();
        certificates(directory.path());
        let file = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let port = free_port();
        let server = Server::with(&[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &file("server.pem"),
            "--tls-key-file",
            &file("server.key"),
            "--tls-ca-cert-file",
            &file("ca.pem"),
            "--tls-auth-clients",
            "no",
        ]);
        let url = format!("rediss://127.0.0.1:{port}");
        let authority = fs::read(file("ca.pem")).expect("a certificate");
        let redis = Redis::new(&url).expect("an address").timeout(5 * SECOND);
        // Signed by nobody that this machine knows.
        OTHER.install(redis.clone());
        let _tier =
            Installed::new(&TIER, redis.root_certificate(authority).expect("a certificate"));
        assert_eq!(secured::with_status(1), (2, CacheStatus::Miss));
        assert_eq!(server.keys(), ["tls:1"]);
        functools::clear_all();
        assert_eq!(secured::with_status(1), (2, CacheStatus::Shared));
        crate::eventually("the other is refused", || OTHER.stats().errors > 0);
        assert!(!OTHER.stats().connected);
        OTHER.uninstall();
    }

    #[test]
    fn a_certificate_is_for_tls() {
        let redis = Redis::new("redis://localhost").expect("an address");
        assert!(redis.root_certificate("none").is_err());
        let redis = Redis::new("rediss://localhost").expect("an address");
        assert!(redis.root_certificate("none").is_err());
    }
}

#[cfg(feature = "sentinel")]
mod by_sentinel {
    use super::*;

    struct Ends(std::process::Child);

    impl Drop for Ends {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn the_master_is_asked_for() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "named:{id}", tier = TIER))]
        fn named(id: u32) -> u32 {
            id + 1
        }
        let server = Server::start();
        let directory = Directory::new();
        let (port, master) = (free_port(), server.port());
        let config = directory.path().join("sentinel.conf");
        let text =
            format!("port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {master} 1\n");
        fs::write(&config, text).expect("a file");
        let _sentinel = Ends(
            Command::new(program())
                .arg(&config)
                .arg("--sentinel")
                .stdout(Stdio::null())
                .spawn()
                .expect("redis-server starts as a sentinel"),
        );
        let sentinels = [format!("redis://127.0.0.1:{port}")];
        let redis = Redis::sentinel(sentinels.iter().map(String::as_str), "main");
        let redis = redis.expect("addresses").timeout(5 * SECOND);
        let _tier = Installed::new(&TIER, redis);
        assert_eq!(named::with_status(1), (2, CacheStatus::Miss));
        assert_eq!(server.keys(), ["named:1"]);
    }

    #[test]
    fn there_is_one_at_least() {
        assert!(Redis::sentinel([], "main").is_err());
        assert!(Redis::sentinel(["http://localhost"], "main").is_err());
    }
}
