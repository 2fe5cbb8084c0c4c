//! A function that one thread calls with known keys while another calls it with new ones. Its cache
//! has room for all known keys and some thousand new ones, so that the known keys stay.

use super::compute;
use super::main_peers::main_peers;

main_peers!(maxsize = 4096, body = compute);
