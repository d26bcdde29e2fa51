// The rounds of SHA-256 (FIPS 180-4) over whole blocks, by the processor's own instructions where it
// has them.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Takes `count` blocks of 64 bytes into the eight words of `state`.
void sha256_absorb(uint32_t *state, const uint8_t *blocks, size_t count);

/// The same in plain C, on every processor.
void sha256_absorb_portably(uint32_t *state, const uint8_t *blocks, size_t count);
