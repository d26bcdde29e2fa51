// Products of matrices of -1 and +1, one bit an element, by the processor's own counting of bits where
// it has that.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// `result[i, j] = columns - 2 popcount(a[i] xor b[j])` of rows of `words` words; a has `rows` of them, b
/// has `others`. Bits beyond `columns` are the same in a and b.
void xnor_product(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result);

/// The same in plain C, on every processor.
void xnor_product_portably(
    const uint64_t *a, size_t rows, const uint64_t *b, size_t others, size_t words, int32_t columns,
    int32_t *result);

/// What counts the bits here: "AVX-512", "AVX2", "POPCNT" or "plain C".
const char *xnor_instructions(void);
