// A histogram of latencies in nanoseconds. Its buckets are at most 0.1 % of their value wide, like HdrHistogram's with three digits.
#pragma once
#include <stdint.h>

enum { HISTOGRAM_HALF = 1024, HISTOGRAM_BUCKETS = 64 * HISTOGRAM_HALF };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t max;
};

// Values below 2,048 have a bucket each. Above that, each power of two has 1,024 buckets.
static inline int histogram_shift(uint64_t value) {
    return value < 2 * HISTOGRAM_HALF ? 0 : 53 - __builtin_clzll(value);
}

static inline void histogram_record(struct histogram *histogram, uint64_t value) {
    int shift = histogram_shift(value);
    histogram->counts[shift * HISTOGRAM_HALF + (value >> shift)]++;
    histogram->total++;
    if (value > histogram->max) histogram->max = value;
}

// The upper end of the bucket at which this share of all values is reached, in milliseconds; 0 if there are no values.
static inline double histogram_milliseconds(const struct histogram *histogram, double percent) {
    uint64_t wanted = (uint64_t)(histogram->total * percent / 100 + 0.5), seen = 0;
    if (wanted == 0) wanted = 1;
    for (uint64_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->counts[bucket];
        if (seen >= wanted) {
            int shift = bucket < 2 * HISTOGRAM_HALF ? 0 : bucket / HISTOGRAM_HALF - 1;
            uint64_t last = ((bucket - shift * HISTOGRAM_HALF + 1) << shift) - 1;
            return (last < histogram->max ? last : histogram->max) / 1e6;
        }
    }
    return 0;
}
