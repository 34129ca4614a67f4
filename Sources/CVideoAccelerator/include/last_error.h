// What the functions' Swift side says about errors. It is no part of the interface, and not exported.
#ifndef VACC_LAST_ERROR_H
#define VACC_LAST_ERROR_H

#include <stddef.h>

// Sets what vacc_last_error() returns on this thread: `count` bytes of UTF-8, of which as many are kept as fit.
void vacc_set_last_error(const char *text, size_t count);

#endif
