// The rounds of SHA-256 (FIPS 180-4), in plain C and with the SHA instructions of x86 processors.

#include "csha256.h"

#include <string.h>

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

static uint32_t rotated(uint32_t word, int by) { return word >> by | word << (32 - by); }

void sha256_absorb_portably(uint32_t *state, const uint8_t *blocks, size_t count) {
  for (; count > 0; count--, blocks += 64) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) {
      w[i] = (uint32_t)blocks[4 * i] << 24 | (uint32_t)blocks[4 * i + 1] << 16
          | (uint32_t)blocks[4 * i + 2] << 8 | blocks[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
      uint32_t early = w[i - 15], late = w[i - 2];
      w[i] = w[i - 16] + (rotated(early, 7) ^ rotated(early, 18) ^ early >> 3) + w[i - 7]
          + (rotated(late, 17) ^ rotated(late, 19) ^ late >> 10);
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
      uint32_t e = s[4], a = s[0];
      uint32_t first = s[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25))
          + ((e & s[5]) ^ (~e & s[6])) + constants[i] + w[i];
      uint32_t second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22))
          + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
      memmove(s + 1, s, 7 * sizeof *s);
      s[4] += first;
      s[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
  }
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

static int has_instructions(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 9) || !(c & 1u << 19)) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
}

__attribute__((target("sha,sse4.1,ssse3"))) static void absorb_by_instructions(
    uint32_t *state, const uint8_t *blocks, size_t count) {
  const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  // The instructions want the words A, B, E, F in one register and C, D, G, H in the other.
  __m128i front = _mm_loadu_si128((const __m128i *)state);
  __m128i back = _mm_loadu_si128((const __m128i *)(state + 4));
  front = _mm_shuffle_epi32(front, 0xB1);
  back = _mm_shuffle_epi32(back, 0x1B);
  __m128i abef = _mm_alignr_epi8(front, back, 8);
  __m128i cdgh = _mm_blend_epi16(back, front, 0xF0);
  for (; count > 0; count--, blocks += 64) {
    __m128i w[4], abef_before = abef, cdgh_before = cdgh;
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      __m128i next;
      if (i < 4) {
        next = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), order);
      } else {
        next = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4));
        next = _mm_sha256msg2_epu32(next, w[(i + 3) & 3]);
      }
      w[i & 3] = next;
      next = _mm_add_epi32(next, _mm_loadu_si128((const __m128i *)(constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, next);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(next, 0x0E));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  front = _mm_shuffle_epi32(abef, 0x1B);
  back = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(front, back, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(back, front, 8));
}

void sha256_absorb(uint32_t *state, const uint8_t *blocks, size_t count) {
  if (has_instructions()) {
    absorb_by_instructions(state, blocks, count);
  } else {
    sha256_absorb_portably(state, blocks, count);
  }
}

#else

void sha256_absorb(uint32_t *state, const uint8_t *blocks, size_t count) {
  sha256_absorb_portably(state, blocks, count);
}

#endif
