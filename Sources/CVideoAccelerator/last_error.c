#include "last_error.h"

#include <string.h>

#include "videoaccelerator.h"

// Here as Swift has no variables of a thread, and a text of a fixed size needs no memory that someone must release.
static _Thread_local char message[1024];

void vacc_set_last_error(const char *text, size_t count) {
  if (count > sizeof message - 1) {
    count = sizeof message - 1;
    // Not within a character: its bytes but the first begin with the bits 10.
    while (count > 0 && (text[count] & 0xC0) == 0x80) count--;
  }
  memcpy(message, text, count);
  message[count] = 0;
}

const char *vacc_last_error(void) { return message; }
