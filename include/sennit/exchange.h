/* sennit/exchange.h: arrays exchanged with other libraries, in place or through the host's memory;
   included by sennit.h. */
#ifndef SENNIT_EXCHANGE_H_
#define SENNIT_EXCHANGE_H_

#include <sennit/sennit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- DLPack ------------------------------------------------------------------------------- */

/* DLPack (https://dmlc.github.io/dlpack): `managed` is a DLManagedTensor* (versioned = 0) or a
   DLManagedTensorVersioned* (versioned = 1).
   Export: a snapshot on the host (device type kDLCPU), read-only where the struct can say so.
   The consumer calls its deleter. Blocks until the contents are there. */
SNT_API snt_error* snt_array_to_dlpack(snt_array* array, int32_t versioned, void** out_managed);
/* Import. Shares the bytes without a copy where they are in memory of the runtime's device (a
   GPU's, or the host's if the device is the CPU) and the tensor may be written; otherwise copies.
   Two imports of the same memory are one storage. A tensor on a GPU must be ready on
   snt_runtime_lent_stream: the producer is given that stream. On success the array owns `managed`
   and calls its deleter when it is done with it. Blocks while earlier arrays of the same memory,
   released since, are in use.
   Errors: SNT_UNSUPPORTED (device, dtype, or memory that only partly is that of another array),
   SNT_INVALID_ARGUMENT. */
SNT_API snt_error* snt_array_from_dlpack(snt_runtime* runtime, void* managed, int32_t versioned,
                                         snt_array** out_array);

/* ---- Beside other libraries on a GPU --------------------------------------------------------

   sennit uses each device's primary context, as the CUDA runtime, CuPy and PyTorch do, and can
   share arrays with them in place. Who goes on using shared bytes orders itself after the other:

       other library's work on stream s;  snt_runtime_wait_for(runtime, 0, s);  sennit's work
       sennit's work;  snt_runtime_stream_wait(runtime, s, array);  other library's work on s

   While it is shared, an array stays on its device: what the host reads or writes is copied each
   time. Its memory stays shared until the consumer calls the tensor's deleter, or, handed out as an
   address, for the life of the array; the consumer's own work must be over, or ordered, by then.
   On other devices than GPUs these functions fail with SNT_UNSUPPORTED. */

/* A stream of another library: a CUstream, or cudaStream_t, as an integer. */
typedef uint64_t snt_stream;
#define SNT_LEGACY_STREAM ((snt_stream)1)     /* CUDA's default stream; so is 0 */
#define SNT_PER_THREAD_STREAM ((snt_stream)2) /* the calling thread's own default stream */
#define SNT_NO_STREAM ((snt_stream) - 1)      /* nobody waits */

/* All work submitted later waits for what `stream`, of the runtime's device `device`, has been
   given so far. Never blocks. Errors: SNT_BUSY while the stream is being captured into a graph. */
SNT_API snt_error* snt_runtime_wait_for(snt_runtime* runtime, int32_t device, snt_stream stream);
/* What `stream` is given later waits for all submitted work that uses `array`, whose bytes are then
   current on its device. Errors: SNT_BUSY while the stream is being captured into a graph. */
SNT_API snt_error* snt_runtime_stream_wait(snt_runtime* runtime, snt_stream stream,
                                           snt_array* array);
/* A stream of sennit's for producers: what they make it wait for is there before arrays of the
   tensor that they hand over are used. Lives as long as the runtime. */
SNT_API snt_error* snt_runtime_lent_stream(snt_runtime* runtime, int32_t device,
                                           snt_stream* out_stream);

/* The runtime's device where the array is shared, or where it would be now. Never blocks. */
SNT_API int32_t snt_array_device(snt_array* array);
/* The address of the array's first element on its device, which other code may use from now on,
   behind `stream` (or SNT_NO_STREAM: after a later snt_runtime_stream_wait). For
   __cuda_array_interface__ and the like. */
SNT_API snt_error* snt_array_device_data(snt_array* array, snt_stream stream, void** out_data);
/* As snt_array_to_dlpack, but the tensor is the array itself, on its device and writable, for a
   consumer that uses it behind `stream`. */
SNT_API snt_error* snt_array_share_dlpack(snt_array* array, snt_stream stream, int32_t versioned,
                                          void** out_managed);

typedef struct snt_device_memory {
  size_t struct_size;
  int32_t device; /* of the runtime, counted from 0 */
  snt_dtype dtype;
  void* data; /* the first element, in memory that the device can use */
  int32_t dimensions;
  const int64_t* shape;
  const int64_t* strides_bytes; /* NULL: C order */
  snt_stream stream;            /* what the bytes are ready behind; SNT_NO_STREAM: they are ready */
  /* Called once with `user`, on any thread, when nothing uses the memory any more. May be NULL. */
  void (*release)(void* user);
  void* user;
} snt_device_memory;

/* An array of bytes that somebody else owns. Like snt_array_from_dlpack, for libraries without
   DLPack. On an error nothing is released. Errors: SNT_INVALID_ARGUMENT if the memory is not the
   device's. */
SNT_API snt_error* snt_array_from_device_memory(snt_runtime* runtime,
                                                const snt_device_memory* memory,
                                                snt_array** out_array);

#ifdef __cplusplus
}
#endif

#endif /* SENNIT_EXCHANGE_H_ */
