// FFmpeg's libraries for Swift: the headers, and in C what Swift cannot import (function-like macros, variadic
// functions) or what has another name in another FFmpeg.
#pragma once

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

static const int64_t video_no_timestamp = AV_NOPTS_VALUE;
static const int video_error_again = AVERROR(EAGAIN);
static const int video_error_end = AVERROR_EOF;
static const int video_error_exit = AVERROR_EXIT;
static const int video_error_invalid = AVERROR_INVALIDDATA;
static const int video_error_memory = AVERROR(ENOMEM);
static const int video_error_no_space = AVERROR(ENOSPC);

// The 3x3 display matrix of a stream, or NULL.
static inline const int32_t *video_display_matrix(const AVStream *stream) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

// Gives a stream to be written a display matrix; returns where to write it, or NULL if memory is short.
static inline int32_t *video_new_display_matrix(AVStream *stream) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
  AVPacketSideData *data =
      av_packet_side_data_new(&stream->codecpar->coded_side_data, &stream->codecpar->nb_coded_side_data,
                              AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t), 0);
  return data ? (int32_t *)data->data : NULL;
#else
  return (int32_t *)av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));
#endif
}
