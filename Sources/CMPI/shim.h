// MPI for Swift: what is used of it, as functions, since Swift imports neither its macros nor the types behind them.
// All of them return MPI's error codes; nothing waits but mpi_start and mpi_end.
#pragma once

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

static const int mpi_success = MPI_SUCCESS;

// What ranks talk by: one communicator for the training, and one for signs of life, so that neither takes the other's messages.
typedef struct {
  MPI_Comm training;
  MPI_Comm signs;
} mpi_group;

// Something that was begun.
typedef struct {
  MPI_Request request;
} mpi_work;

static inline mpi_work mpi_no_work(void) { return (mpi_work){MPI_REQUEST_NULL}; }

// Joins the processes that mpirun has started. Errors are returned from then on.
static inline int mpi_start(mpi_group *group, int *rank, int *count, bool *serialized) {
  int provided = MPI_THREAD_SINGLE, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (code != MPI_SUCCESS) return code;
  *serialized = provided >= MPI_THREAD_SERIALIZED;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &group->training)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &group->signs)) != MPI_SUCCESS) return code;
  MPI_Comm_set_errhandler(group->training, MPI_ERRORS_RETURN);
  MPI_Comm_set_errhandler(group->signs, MPI_ERRORS_RETURN);
  if ((code = MPI_Comm_rank(MPI_COMM_WORLD, rank)) != MPI_SUCCESS) return code;
  return MPI_Comm_size(MPI_COMM_WORLD, count);
}

static inline int mpi_end(void) { return MPI_Finalize(); }

// Ends all ranks.
static inline void mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

// Writes the host's name, or a code's sentence, to memory for mpi_text_size bytes.
enum { mpi_text_size = MPI_MAX_PROCESSOR_NAME > MPI_MAX_ERROR_STRING ? MPI_MAX_PROCESSOR_NAME : MPI_MAX_ERROR_STRING };

static inline int mpi_host(char *text) {
  int length = 0;
  return MPI_Get_processor_name(text, &length);
}

static inline int mpi_sentence(int code, char *text) {
  int length = 0;
  return MPI_Error_string(code, text, &length);
}

// Sums over all ranks, in place.
static inline int mpi_begin_sum_doubles(const mpi_group *group, double *numbers, int count, mpi_work *work) {
  return MPI_Iallreduce(MPI_IN_PLACE, numbers, count, MPI_DOUBLE, MPI_SUM, group->training, &work->request);
}

static inline int mpi_begin_sum_floats(const mpi_group *group, float *numbers, int count, mpi_work *work) {
  return MPI_Iallreduce(MPI_IN_PLACE, numbers, count, MPI_FLOAT, MPI_SUM, group->training, &work->request);
}

// Rank 0's bytes for all ranks.
static inline int mpi_begin_broadcast(const mpi_group *group, uint8_t *bytes, int count, mpi_work *work) {
  return MPI_Ibcast(bytes, count, MPI_BYTE, 0, group->training, &work->request);
}

// A number of each rank, on all ranks.
static inline int mpi_begin_gather_numbers(const mpi_group *group, const int32_t *number, int32_t *all, mpi_work *work) {
  return MPI_Iallgather(number, 1, MPI_INT32_T, all, 1, MPI_INT32_T, group->training, &work->request);
}

// The bytes of each rank, on all ranks, which lie at the given places.
static inline int mpi_begin_gather_bytes(const mpi_group *group, const uint8_t *bytes, int count, uint8_t *all,
                                         const int *counts, const int *places, mpi_work *work) {
  return MPI_Iallgatherv(bytes, count, MPI_BYTE, all, counts, places, MPI_BYTE, group->training, &work->request);
}

// A byte from one rank to another, as a sign of life.
static inline int mpi_begin_sign(const mpi_group *group, const uint8_t *byte, int rank, mpi_work *work) {
  return MPI_Isend(byte, 1, MPI_BYTE, rank, 0, group->signs, &work->request);
}

static inline int mpi_begin_awaiting_sign(const mpi_group *group, uint8_t *byte, int rank, mpi_work *work) {
  return MPI_Irecv(byte, 1, MPI_BYTE, rank, 0, group->signs, &work->request);
}

// Says whether something has ended, and lets MPI work on everything that was begun.
static inline int mpi_test(mpi_work *work, bool *ended) {
  int flag = 0, code = MPI_Test(&work->request, &flag, MPI_STATUS_IGNORE);
  *ended = flag != 0;
  return code;
}

static inline void mpi_forget(mpi_work *work) {
  if (work->request == MPI_REQUEST_NULL) return;
  MPI_Cancel(&work->request);
  MPI_Request_free(&work->request);
}
