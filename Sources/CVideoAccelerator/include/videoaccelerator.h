// VideoAccelerator's C interface: runs deployed models (.accel) on tensors, pictures and streams of pictures.
//
//   vacc_model *model;
//   vacc_session *session;
//   if (vacc_model_open("x3d_s.accel", &model) || vacc_session_open(model, NULL, &session)) puts(vacc_last_error());
//   vacc_session_classify(session, pictures, count, scores, class_count);
//   vacc_session_close(session);
//   vacc_model_close(model);
//
// Status. Each function returns a vacc_status. If it is not VACC_OK, nothing was written to results (unless the function
// says so), the object is as it was, and vacc_last_error() says what is wrong in a sentence. Wrong arguments give a
// status, too: null, wrong sizes, values out of range, closed handles. Only memory that is shorter than its stated size
// cannot be noticed.
//
// Handles. vacc_model, vacc_session and vacc_stream are opened and must be closed, in any order: what was opened from a
// model keeps what it needs of it. A handle is a number that is never used again, so a closed one is noticed.
//
// Structs. The first member is the struct's size, which the caller sets to sizeof before each call, for structs that are
// written, too: so a program goes on to work with later libraries, whose structs have more members at their ends.
// Bytes of a struct that the library does not know must be 0. Where a function takes several structs, each is `size` bytes
// after the one before.
//
// Threads. All functions can be called from any thread. vacc_last_error() is the thread's own. A model can be used by
// several threads at once; a session and a stream by one at a time: a call that comes meanwhile returns VACC_BUSY.
//
// Names begin with vacc_, as va_ is taken: by <stdarg.h>, by VA-API, and by this library's own kernels. No other symbol
// is exported.
#ifndef VIDEOACCELERATOR_H
#define VIDEOACCELERATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The version of this interface. A later one has more functions, and more members at the ends of structs.
#define VACC_INTERFACE_VERSION 1
// The largest number of dimensions of a value.
#define VACC_MAX_RANK 8

// Numbers of an enumeration, of a size that does not depend on the compiler.
typedef int32_t vacc_status;
enum {
  VACC_OK = 0,
  // An argument that is null, of a wrong size, or out of range.
  VACC_BAD_ARGUMENT = 1,
  // A handle that was closed, or that no function has returned.
  VACC_BAD_HANDLE = 2,
  // The session or stream is being used by another thread.
  VACC_BUSY = 3,
  // A file or bytes that cannot be read, or are no model, or no saved state of this model.
  VACC_BAD_FILE = 4,
  // The model cannot do this: it has no recipe, no classes, or no states, or does not take such shapes.
  VACC_UNSUPPORTED = 5,
  // A buffer that is too small; the number of bytes or elements that it must have was written.
  VACC_TOO_SMALL = 6,
  // The model computes NaN or infinity, an operation cannot take its values, or the machine has no more memory.
  VACC_FAILED = 7,
};

typedef struct vacc_model vacc_model;
typedef struct vacc_session vacc_session;
typedef struct vacc_stream vacc_stream;

// Returns VACC_INTERFACE_VERSION of the library, which is not lower than that of the header a program was compiled with.
int32_t vacc_interface_version(void);

// Returns a sentence about this thread's last call that did not return VACC_OK; an empty text before. It is valid until
// the thread's next such call.
const char *vacc_last_error(void);

// --- Models ---------------------------------------------------------------------------------------------------------

typedef int32_t vacc_precision;
enum { VACC_PRECISION_OWN = 0, VACC_FP32 = 1, VACC_FP16 = 2, VACC_INT8 = 3 };

typedef int32_t vacc_element_type;
enum {
  VACC_FLOAT64 = 1, VACC_FLOAT32 = 2, VACC_FLOAT16 = 3, VACC_BFLOAT16 = 4, VACC_INT64 = 5, VACC_INT32 = 6, VACC_INT16 = 7,
  VACC_SIGNED_INT8 = 8, VACC_UINT64 = 9, VACC_UINT32 = 10, VACC_UINT16 = 11, VACC_UINT8 = 12, VACC_BOOL = 13,
};

// What a model is.
typedef struct vacc_model_info {
  uint32_t size;
  // VACC_FP32, VACC_FP16 or VACC_INT8.
  vacc_precision precision;
  int32_t input_count;
  int32_t output_count;
  // The number of labels; 0 if the model has none.
  int32_t label_count;
  // The number of states that a run hands on to the next; 0 for models of clips.
  int32_t state_count;
  // For a model that takes one frame after the other: the number of frames that a result depends on, and by how many it
  // lags. The first receptive_field - 1 results are not valid. 0 if all results are valid.
  int32_t receptive_field;
  int32_t delay;
  // The name; valid until the model is closed.
  const char *name;
} vacc_model_info;

// An input or output.
typedef struct vacc_value_info {
  uint32_t size;
  vacc_element_type element_type;
  // The name; valid until the model or session is closed; empty for outputs.
  const char *name;
  int32_t rank;
  // Whether the model's recipe says how the input is made of a clip.
  int32_t is_clip;
  // The lengths, outermost first. Of a model: -1 for those that a session chooses.
  int64_t shape[VACC_MAX_RANK];
} vacc_value_info;

// How clips are made of a video: sampled frames are scaled by their shorter side, cropped in the middle, and normalized.
typedef struct vacc_recipe {
  uint32_t size;
  // The number of frames in a clip.
  int32_t frame_count;
  // The number of the video's frames from one frame of a clip to the next, at frames_per_second.
  int32_t sampling_rate;
  // The length that the shorter side is scaled to, and the side of the square that is cropped, in pixels.
  int32_t short_side;
  int32_t crop_size;
  // The mean and the standard deviation of red, green and blue, of 0 to 1.
  float mean[3];
  float standard_deviation[3];
  int32_t reserved;
  double frames_per_second;
} vacc_recipe;

// Opens an .accel file, which stays mapped while it is used. VACC_BAD_FILE if it cannot be read.
vacc_status vacc_model_open(const char *path, vacc_model **model);
// Opens the bytes of an .accel file, which are copied.
vacc_status vacc_model_open_bytes(const void *bytes, size_t byte_count, vacc_model **model);
vacc_status vacc_model_close(vacc_model *model);

vacc_status vacc_model_get_info(const vacc_model *model, vacc_model_info *info);
vacc_status vacc_model_get_input(const vacc_model *model, int32_t index, vacc_value_info *info);
vacc_status vacc_model_get_output(const vacc_model *model, int32_t index, vacc_value_info *info);
// Gets the label of a class; valid until the model is closed.
vacc_status vacc_model_get_label(const vacc_model *model, int32_t index, const char **label);
// Gets the recipe of the clip that all inputs are made of. VACC_UNSUPPORTED if there is none.
vacc_status vacc_model_get_recipe(const vacc_model *model, vacc_recipe *recipe);

// Chooses the frames of a video that the model sees in `accelerator classify` and `batch`. The scores of the video are the
// mean over its clips of what vacc_session_classify gives for the clip's frames. VACC_UNSUPPORTED if there is no recipe.
//
//   times: The times of all frames in seconds, ascending, the first one 0.
//   end: The time at which the last frame ends.
//   tick: The seconds from one possible time of a frame to the next, such as the time base of the container; 0 if
//     it is not known. A clip that begins less than a thousandth of it after a frame contains that frame.
//   clip_count: The number of clips, spread evenly, 1 to 100000; 0 for as many as fit one after the other, up to 10.
//   frames: For each clip, the numbers of its frames, as many as vacc_recipe.frame_count; null to ask for `count` only.
//   capacity, count: The number of entries that `frames` has room for, and that there are.
vacc_status vacc_model_sample_frames(
    const vacc_model *model, const double *times, size_t time_count, double end, double tick, int32_t clip_count,
    int64_t *frames, size_t capacity, size_t *count);

// --- Pictures -------------------------------------------------------------------------------------------------------

typedef int32_t vacc_format;
enum {
  // One plane: red, green, blue; and alpha, which is ignored.
  VACC_RGB = 1, VACC_RGBA = 2, VACC_BGRA = 3,
  // A plane of luma, and one of Cb and Cr in turn, of half the width and height, rounded up.
  VACC_NV12 = 4,
  // Planes of luma, Cb and Cr. Android's YUV_420_888 is this, with the pixel strides of its planes.
  VACC_I420 = 5,
};

typedef int32_t vacc_matrix;
enum { VACC_BT601 = 0, VACC_BT709 = 1 };

// Memory of the caller, which is not used after the call.
typedef struct vacc_plane {
  const void *bytes;
  // The size of the memory from the first pixel on.
  size_t byte_count;
  // The number of bytes from a row to the next; 0 if nothing is between them.
  size_t row_stride;
  // The number of bytes from a pixel to the next; 0 if nothing is between them.
  size_t pixel_stride;
} vacc_plane;

// A picture as a camera or a decoder gives it.
typedef struct vacc_picture {
  uint32_t size;
  vacc_format format;
  // The size in pixels, as it is stored: 1 to 32768.
  int32_t width;
  int32_t height;
  // The clockwise rotation with which it is shown: 0, 90, 180 or 270.
  int32_t rotation;
  // How luma and chroma follow from red, green and blue, and whether luma is 0 to 255 and not 16 to 235.
  vacc_matrix matrix;
  int32_t is_full_range;
  int32_t reserved;
  // The time at which it was taken, in seconds from any start. Only streams read it.
  double timestamp;
  // The planes of the format, in order.
  vacc_plane planes[3];
} vacc_picture;

// --- Sessions -------------------------------------------------------------------------------------------------------

typedef struct vacc_session_options {
  uint32_t size;
  // The number of threads that run the model, the caller's included: 1 to 256; 0 for 1.
  int32_t threads;
  // The number format to run in. An int8 model can run in each, others in VACC_FP32 and VACC_FP16.
  vacc_precision precision;
  // The number of shapes; 0 for those of one clip, which the model's recipes say.
  int32_t shape_count;
  // A shape for each input: the lengths of all dimensions, one input after the other.
  const int64_t *lengths;
  size_t length_count;
} vacc_session_options;

// Prepares a model for inputs of known shapes: chooses kernels, packs weights and allocates all memory of runs. `options`
// may be null. VACC_UNSUPPORTED if the model does not take such shapes, or its recipes do not say them.
vacc_status vacc_session_open(const vacc_model *model, const vacc_session_options *options, vacc_session **session);
vacc_status vacc_session_close(vacc_session *session);
vacc_status vacc_session_get_input(const vacc_session *session, int32_t index, vacc_value_info *info);
vacc_status vacc_session_get_output(const vacc_session *session, int32_t index, vacc_value_info *info);

// Runs the model on tensors: contiguous, in row-major order, of the session's shapes and element types. A model with
// states goes on from its previous run.
//
//   inputs, input_bytes: The memory of each input and its size in bytes.
//   outputs, output_bytes: The memory for each output and its size in bytes.
vacc_status vacc_session_run(
    vacc_session *session, const void *const *inputs, const size_t *input_bytes, int32_t input_count,
    void *const *outputs, const size_t *output_bytes, int32_t output_count);

// Runs the model on a clip: `count` pictures of any sizes in the order of time, of which as many are taken as a clip
// has, evenly spread; of fewer, some are repeated. VACC_UNSUPPORTED if the session's inputs are not those of one clip.
vacc_status vacc_session_run_pictures(
    vacc_session *session, const vacc_picture *pictures, int32_t count, void *const *outputs,
    const size_t *output_bytes, int32_t output_count);

// Classifies a clip: as vacc_session_run_pictures, with the probability of each class. VACC_UNSUPPORTED if the first output
// is not [1, classes], VACC_FAILED if it is not finite.
vacc_status vacc_session_classify(
    vacc_session *session, const vacc_picture *pictures, int32_t count, float *scores, int32_t class_count);

// Sets the states to their initial values.
vacc_status vacc_session_reset(vacc_session *session);
// Saves the states, for vacc_session_restore in a session of the same model and shapes. With a null buffer, only `byte_count`
// is written.
vacc_status vacc_session_save(const vacc_session *session, void *buffer, size_t capacity, size_t *byte_count);
// Continues from saved states.
vacc_status vacc_session_restore(vacc_session *session, const void *bytes, size_t byte_count);

// Measures the steps of the model on inputs of zeros, in `runs` pairs of runs (1 to 10000) after a warm-up: a JSON object with
// the instruction set, the number of threads, the median and the shortest time of a run in milliseconds, and for each
// step its kernel, layer, operations, time, multiply-adds and bytes. It resets the states. `byte_count` includes the
// text's end. A text is kept for the next call: a call with a null buffer measures, and the next one with a buffer gets
// what was measured.
vacc_status vacc_session_profile(
    vacc_session *session, int32_t runs, char *buffer, size_t capacity, size_t *byte_count);

// --- Streams --------------------------------------------------------------------------------------------------------

typedef int32_t vacc_method;
enum {
  // Frame by frame if the model has states, else on windows.
  VACC_AUTOMATIC = 0,
  // Frame by frame: a model that was deployed in its continual form, or that has states of its own.
  VACC_CONTINUAL = 1,
  // On clips of the newest frames, which overlap.
  VACC_WINDOWS = 2,
};

// How a stream makes predictions. vacc_stream_options_init sets what is usual.
typedef struct vacc_stream_options {
  uint32_t size;
  int32_t threads;
  vacc_precision precision;
  vacc_method method;
  // The number of sampled frames from one window to the next; 0 for half a clip.
  int32_t stride;
  int32_t reserved;
  // The window in seconds over which scores are averaged; 0 for none.
  double window;
  // The lead in score, 0 to 1, that another class needs to replace the current one.
  double margin;
  // The time in seconds that a class stays at least.
  double shortest;
  // The longest time in seconds without frames for which the last one is repeated; after a longer one the past is
  // forgotten. 0 for half of the time that a result depends on, but at least a clip's duration and one second.
  double longest_gap;
} vacc_stream_options;

// What a stream gives for a frame.
typedef struct vacc_prediction {
  uint32_t size;
  // Whether there is a prediction: not for frames that are skipped, before the warm-up, and within a window. If not, the
  // other members are 0.
  int32_t is_valid;
  // The class. It stays until another class leads by the margin, so it may not have the highest score.
  int32_t class_index;
  // Its averaged score, 0 to 1.
  float score;
  // Whether the class differs from that of the previous prediction, or there is none.
  int32_t has_changed;
  int32_t reserved;
  // The timestamp of the newest frame that the prediction depends on, in seconds.
  double timestamp;
  // The time from when the frame was pushed to when the prediction was ready, in seconds.
  double latency;
} vacc_prediction;

// What a stream is, and what it has done so far.
typedef struct vacc_stream_info {
  uint32_t size;
  // VACC_CONTINUAL or VACC_WINDOWS.
  vacc_method method;
  int32_t class_count;
  // The number of sampled frames before the one with the first prediction, and from one prediction to the next.
  int32_t warm_up_frames;
  int32_t stride;
  // The number of sampled frames by which predictions lag.
  int32_t delay;
  // The time from one sampled frame to the next in seconds.
  double frame_interval;
  // The numbers of frames that were pushed; that the model took; that were skipped; that it took again, as none was newer.
  int64_t frames;
  int64_t sampled;
  int64_t skipped;
  int64_t repeated;
  // The numbers of predictions, and of those whose class differs from the previous one's.
  int64_t predictions;
  int64_t changes;
  // How often the past was forgotten, time jumped, the size of frames changed, and a frame caused an error.
  int64_t resets;
  int64_t jumps;
  int64_t size_changes;
  int64_t failures;
} vacc_stream_info;

// Sets all options but `size`, which the caller sets, to what is usual.
vacc_status vacc_stream_options_init(vacc_stream_options *options);
// Opens a stream; `options` may be null.
vacc_status vacc_stream_open(const vacc_model *model, const vacc_stream_options *options, vacc_stream **stream);
vacc_status vacc_stream_close(vacc_stream *stream);
vacc_status vacc_stream_get_info(const vacc_stream *stream, vacc_stream_info *info);

// Takes the next picture; its timestamp chooses whether the model takes it. After VACC_FAILED the past is forgotten, and
// pictures that follow can be pushed.
vacc_status vacc_stream_push(vacc_stream *stream, const vacc_picture *picture, vacc_prediction *prediction);
// Gets the averaged score of each class of the last prediction. VACC_UNSUPPORTED if there is none yet.
vacc_status vacc_stream_get_scores(const vacc_stream *stream, float *scores, int32_t class_count);
// Forgets all frames, such as after a change of scene. Counters go on.
vacc_status vacc_stream_reset(vacc_stream *stream);
// Saves all that later predictions depend on, for vacc_stream_restore in a stream of the same model and options, whose
// predictions are then the same to the last bit. With a null buffer, only `byte_count` is written.
vacc_status vacc_stream_save(const vacc_stream *stream, void *buffer, size_t capacity, size_t *byte_count);
// Continues from what a stream has saved. VACC_BAD_FILE if the bytes are not that; the stream is then unchanged.
vacc_status vacc_stream_restore(vacc_stream *stream, const void *bytes, size_t byte_count);

#ifdef __cplusplus
}
#endif

#endif
