// A plugin of qemu's user mode: counts how often each block of instructions is run.
//
//   qemu-aarch64 -plugin ./count_instructions.so,out=FILE PROGRAM …
//
// Each getppid() of the program, which nothing else calls, ends a span and writes it to FILE.0, FILE.1, …: a line for each block
// that was run in it, with its function (or "-"), address, number of runs, and instructions in hexadecimal.
//
// No package has qemu's header; these are the declarations of version 1 of its interface that are used here.
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int operation, void *, uint64_t);
void qemu_plugin_register_vcpu_syscall_cb(
    plugin_id, void (*)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

enum { add_to_counter = 0, getppid_call = 173, lists = 1 << 16 };

typedef struct block {
  struct block *next;
  const char *function;
  uint64_t address, runs;
  size_t count;
  uint32_t instructions[];
} block;

static block *blocks[lists];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *path;
static int spans;

// Called for a block that is about to be run the first time, or again after qemu has forgotten it.
static void translated(plugin_id id, struct qemu_plugin_tb *code) {
  const size_t count = qemu_plugin_tb_n_insns(code);
  const uint64_t address = qemu_plugin_tb_vaddr(code);
  block *new = calloc(1, sizeof *new + count * sizeof(uint32_t));
  if (!new) abort();
  new->function = qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(code, 0));
  new->address = address;
  new->count = count;
  for (size_t i = 0; i < count; i++) memcpy(&new->instructions[i], qemu_plugin_insn_data(qemu_plugin_tb_get_insn(code, i)), 4);
  pthread_mutex_lock(&lock);
  block **list = &blocks[address / 4 % lists], *known = *list;
  while (known && (known->address != address || known->count != count ||
                   memcmp(known->instructions, new->instructions, count * sizeof(uint32_t))))
    known = known->next;
  if (known) {
    free(new);
  } else {
    new->next = *list;
    *list = known = new;
  }
  pthread_mutex_unlock(&lock);
  qemu_plugin_register_vcpu_tb_exec_inline(code, add_to_counter, &known->runs, 1);
}

static void called(
    plugin_id id, unsigned cpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
    uint64_t a7, uint64_t a8) {
  if (number != getppid_call) return;
  char name[4096];
  snprintf(name, sizeof name, "%s.%d", path, spans++);
  FILE *file = fopen(name, "w");
  if (!file) abort();
  pthread_mutex_lock(&lock);
  for (size_t list = 0; list < lists; list++)
    for (block *b = blocks[list]; b; b = b->next) {
      if (!b->runs) continue;
      fprintf(file, "%s %llx %llu ", b->function && *b->function ? b->function : "-", (unsigned long long)b->address,
              (unsigned long long)b->runs);
      for (size_t i = 0; i < b->count; i++) fprintf(file, "%08x", b->instructions[i]);
      fputc('\n', file);
      b->runs = 0;
    }
  pthread_mutex_unlock(&lock);
  if (fclose(file)) abort();
}

EXPORTED int qemu_plugin_install(plugin_id id, const void *information, int count, char **arguments) {
  if (count != 1 || strncmp(arguments[0], "out=", 4)) {
    fprintf(stderr, "count_instructions needs one argument: out=FILE\n");
    return 1;
  }
  path = strdup(arguments[0] + 4);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  return 0;
}
