// Counts allocations: with this linked in, malloc and its relatives are wrapped for the whole process.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Whether allocations are counted: with glibc, and without a sanitizer, which has an allocator of its own.
bool allocation_counter_works(void);

// How many times the calling thread has allocated so far.
uint64_t allocation_count(void);
