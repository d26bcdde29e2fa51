// Products of matrices of -1 and +1 by XOR and the counting of bits; the same C, compiled for several
// generations of processors, and chosen when it runs.

#include "cbitcount.h"

#include <stdlib.h>
#include <string.h>

enum { lanes = 8, together = 4 };

#define INLINE static inline __attribute__((always_inline))

/// One row at a time, straight from memory.
INLINE void by_rows(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < others; j++) {
      uint64_t differing = 0;
      for (size_t k = 0; k < words; k++) {
        differing += (uint64_t)__builtin_popcountll(a[i * words + k] ^ b[j * words + k]);
      }
      result[i * others + j] = columns - 2 * (int32_t)differing;
    }
  }
}

/// `count` rows of a (a constant, so that the loops over it vanish) against all of b, of which eight
/// rows lie woven together: word k of all eight, then word k + 1. Each lane counts for one row, and
/// nothing is ever added up across lanes.
INLINE void woven_rows(
    const uint64_t *a, size_t count, const uint64_t *woven, size_t others, size_t words,
    int32_t columns, int32_t *result) {
  for (size_t j = 0; j < others; j += lanes) {
    const uint64_t *block = woven + j * words;
    uint64_t differing[together][lanes] = {{0}};
    for (size_t k = 0; k < words; k++) {
      for (size_t i = 0; i < count; i++) {
        uint64_t word = a[i * words + k];
        for (size_t lane = 0; lane < lanes; lane++) {
          differing[i][lane] += (uint64_t)__builtin_popcountll(word ^ block[k * lanes + lane]);
        }
      }
    }
    size_t there = others - j < lanes ? others - j : lanes;
    for (size_t i = 0; i < count; i++) {
      for (size_t lane = 0; lane < there; lane++) {
        result[i * others + j + lane] = columns - 2 * (int32_t)differing[i][lane];
      }
    }
  }
}

INLINE void product(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result) {
  // Weaving costs about as much as two rows.
  size_t size = (others + lanes - 1) / lanes * lanes * words;
  uint64_t *woven = rows < 2 * together || size == 0 ? NULL : malloc(size * sizeof *woven);
  if (!woven) {
    by_rows(a, rows, b, others, words, columns, result);
    return;
  }
  memset(woven, 0, size * sizeof *woven);
  for (size_t j = 0; j < others; j++) {
    uint64_t *block = woven + j / lanes * lanes * words + j % lanes;
    for (size_t k = 0; k < words; k++) block[k * lanes] = b[j * words + k];
  }
  size_t i = 0;
  for (; i + together <= rows; i += together) {
    woven_rows(a + i * words, together, woven, others, words, columns, result + i * others);
  }
  for (; i < rows; i++) {
    woven_rows(a + i * words, 1, woven, others, words, columns, result + i * others);
  }
  free(woven);
}

void xnor_product_portably(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result) {
  product(a, rows, b, others, words, columns, result);
}

#if defined(__x86_64__)

#define VARIANT(name, features)                                                                 \
  __attribute__((target(features))) static void name(                                           \
      const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words,           \
      int32_t columns, int32_t *result) {                                                       \
    product(a, rows, b, others, words, columns, result);                                        \
  }

VARIANT(by_avx512, "avx512f,avx512vl,avx512vpopcntdq,popcnt")
VARIANT(by_avx2, "avx2,popcnt")
VARIANT(by_popcnt, "popcnt")

void xnor_product(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result) {
  const char *instructions = xnor_instructions();
  if (!strcmp(instructions, "AVX-512")) {
    by_avx512(a, rows, b, others, words, columns, result);
  } else if (!strcmp(instructions, "AVX2")) {
    by_avx2(a, rows, b, others, words, columns, result);
  } else if (!strcmp(instructions, "POPCNT")) {
    by_popcnt(a, rows, b, others, words, columns, result);
  } else {
    product(a, rows, b, others, words, columns, result);
  }
}

const char *xnor_instructions(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vl")) {
    return "AVX-512";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) return "AVX2";
  if (__builtin_cpu_supports("popcnt")) return "POPCNT";
  return "plain C";
}

#else

void xnor_product(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result) {
  product(a, rows, b, others, words, columns, result);
}

const char *xnor_instructions(void) { return "plain C"; }

#endif
