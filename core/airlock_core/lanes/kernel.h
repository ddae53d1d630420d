/* SHA-256's compression function over WIDTH messages side by side, one in each lane of a vector.
 *
 * Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.3.3 and 6.2.2. Included once for each kind of processor, with
 *   NAME    the function to define,
 *   WIDTH   how many messages: 1 or 8,
 *   TARGET  the attribute that lets the compiler use the processor's instructions,
 *   LOGIC   1 where the processor has any function of three bits as one instruction (AVX-512).
 */

#define GLUED(a, b) a##_##b
#define GLUE(a, b) GLUED(a, b)
#define OWN(name) GLUE(NAME, name)

#if WIDTH == 1
typedef uint32_t OWN(vector);
#else
typedef uint32_t OWN(vector) __attribute__((vector_size(4 * WIDTH)));
#endif
#define VECTOR OWN(vector)

#define ROR(x, n) ((x) >> (n) | (x) << (32 - (n)))

/* The third argument of TERNARY is the truth table, read from the bits of x, y and z. */
#if LOGIC
#define TERNARY(x, y, z, table) ((VECTOR)_mm256_ternarylogic_epi32((__m256i)(x), (__m256i)(y), (__m256i)(z), table))
#define XOR(x, y, z) TERNARY(x, y, z, 0x96)
#define CH(x, y, z) TERNARY(x, y, z, 0xca)
#define MAJ(x, y, z) TERNARY(x, y, z, 0xe8)
#else
#define XOR(x, y, z) ((x) ^ (y) ^ (z))
#define CH(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define MAJ(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#endif

#define SUM0(x) XOR(ROR(x, 2), ROR(x, 13), ROR(x, 22))
#define SUM1(x) XOR(ROR(x, 6), ROR(x, 11), ROR(x, 25))
#define SIGMA0(x) XOR(ROR(x, 7), ROR(x, 18), (x) >> 3)
#define SIGMA1(x) XOR(ROR(x, 17), ROR(x, 19), (x) >> 10)

#define ROUND(a, b, c, d, e, f, g, h, i)                                                                              \
    do {                                                                                                              \
        VECTOR first = h + SUM1(e) + CH(e, f, g) + (w[i] + constants[i]);                                             \
        d += first;                                                                                                   \
        h = first + SUM0(a) + MAJ(a, b, c);                                                                           \
    } while (0)
#define EIGHT(i)                                                                                                      \
    ROUND(a, b, c, d, e, f, g, h, i);                                                                                 \
    ROUND(h, a, b, c, d, e, f, g, i + 1);                                                                             \
    ROUND(g, h, a, b, c, d, e, f, i + 2);                                                                             \
    ROUND(f, g, h, a, b, c, d, e, i + 3);                                                                             \
    ROUND(e, f, g, h, a, b, c, d, i + 4);                                                                             \
    ROUND(d, e, f, g, h, a, b, c, i + 5);                                                                             \
    ROUND(c, d, e, f, g, h, a, b, i + 6);                                                                             \
    ROUND(b, c, d, e, f, g, h, a, i + 7)

/* The schedule of the next 16 rounds, each word of which takes the place of the one 16 before it. */
#define NEXT(i) w[i] += SIGMA0(w[(i + 1) & 15]) + w[(i + 9) & 15] + SIGMA1(w[(i + 14) & 15])
#define NEXT_FOUR(i) NEXT(i); NEXT(i + 1); NEXT(i + 2); NEXT(i + 3)

#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (VECTOR){__VA_ARGS__})
#endif

/* Word i of every message into w[i], from WIDTH words of each. */
TARGET static inline void OWN(take)(VECTOR *w, const unsigned char *const *data, size_t offset)
{
#if WIDTH == 1
    memcpy(w, data[0] + offset, sizeof *w);
#else
    VECTOR from[WIDTH];
    for (int lane = 0; lane < WIDTH; lane++)
        memcpy(&from[lane], data[lane] + offset, sizeof from[lane]);
    for (int step = 1; step < WIDTH; step *= 2) { /* a perfect shuffle, as often as makes a transposition */
        for (int i = 0; i < WIDTH / 2; i++) {
            w[2 * i] = SHUFFLE(from[i], from[i + WIDTH / 2], LOW);
            w[2 * i + 1] = SHUFFLE(from[i], from[i + WIDTH / 2], HIGH);
        }
        memcpy(from, w, sizeof from);
    }
#endif
}

/* Take blocks of 64 bytes of every message into its state of 8 words. */
TARGET static void NAME(uint32_t *const *states, const unsigned char *const *data, size_t blocks)
{
    VECTOR s[8], w[16];
    for (int i = 0; i < 8; i++)
        for (int lane = 0; lane < WIDTH; lane++)
            memcpy((uint32_t *)&s[i] + lane, &states[lane][i], sizeof(uint32_t));
    for (size_t offset = 0; offset < 64 * blocks; offset += 64) {
        VECTOR a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
        for (int i = 0; i < 16; i += WIDTH)
            OWN(take)(w + i, data, offset + 4 * (size_t)i);
        for (int i = 0; i < 16; i++) /* big-endian */
            w[i] = (ROR(w[i], 24) & 0x00ff00ff) | (ROR(w[i], 8) & 0xff00ff00);
        const uint32_t *constants = K;
        EIGHT(0);
        EIGHT(8);
        for (constants += 16; constants < K + 64; constants += 16) {
            NEXT_FOUR(0);
            NEXT_FOUR(4);
            EIGHT(0);
            NEXT_FOUR(8);
            NEXT_FOUR(12);
            EIGHT(8);
        }
        s[0] += a, s[1] += b, s[2] += c, s[3] += d, s[4] += e, s[5] += f, s[6] += g, s[7] += h;
    }
    for (int i = 0; i < 8; i++)
        for (int lane = 0; lane < WIDTH; lane++)
            memcpy(&states[lane][i], (uint32_t *)&s[i] + lane, sizeof(uint32_t));
}

#undef GLUED
#undef GLUE
#undef OWN
#undef VECTOR
#undef ROR
#undef TERNARY
#undef XOR
#undef CH
#undef MAJ
#undef SUM0
#undef SUM1
#undef SIGMA0
#undef SIGMA1
#undef ROUND
#undef EIGHT
#undef NEXT
#undef NEXT_FOUR
#undef LOW
#undef HIGH
#undef SHUFFLE
#undef NAME
#undef WIDTH
#undef TARGET
#undef LOGIC
