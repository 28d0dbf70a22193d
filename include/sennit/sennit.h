/* sennit/sennit.h: the C ABI of sennit, which every binding stands on.

   Kernels are launched one line after another; sennit finds what depends on what from their
   arguments, runs the rest at the same time, and moves data where it is needed. The answer is
   always that of the same program run one operation after another.

   Conventions
   (1) Handles are opaque. *_create, *_build and the like return one that the caller owns and gives
       back with *_release. A release may come from any thread, never waits and never fails; NULL
       is fine there. Work that uses the object goes on; its memory goes when that work is done.
   (2) A function that can fail returns snt_error*: NULL means success. The caller owns the error
       (snt_error_release). Out parameters are written on success only.
   (3) Every struct starts with struct_size = sizeof(the struct), so that later versions can
       append fields; fields past the caller's size have their defaults. Zero is the default of
       every field unless it says otherwise. SNT_INIT fills in the size.
   (4) Strings are NUL-terminated UTF-8 and are read during the call only. Strings returned live
       as long as the object that they came from.
   (5) No C++ exception and no longjmp crosses these headers, in either direction.
   (6) Every function may be called from any thread unless it says otherwise. Functions that may
       wait for a device say "Blocks". No function calls back into the caller, but the log sink,
       the deleters of memory that was given away, and what sennit/grcuda.h is given.
   (7) Submitting (launch, copy, fill, write) returns at once. What goes wrong while the work runs
       is reported by the first read, wait or sync that depends on it, with the file and line of
       the call that submitted it where those were given. */
#ifndef SENNIT_SENNIT_H_
#define SENNIT_SENNIT_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define SNT_API __declspec(dllexport)
#else
#define SNT_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SNT_VERSION_MAJOR 0
#define SNT_VERSION_MINOR 1
#define SNT_VERSION_PATCH 0

/* Declares `name` of struct type `type`, zeroed, with its struct_size:
       SNT_INIT(snt_launch_config, config);                                                  */
#ifdef __cplusplus
#define SNT_INIT(type, name) \
  type name{};               \
  name.struct_size = sizeof(type)
#else
#define SNT_INIT(type, name) \
  type name = {0};           \
  name.struct_size = sizeof(type)
#endif

/* "0.1.0", of the library that is loaded. */
SNT_API const char* snt_version(void);

/* ---- Errors -------------------------------------------------------------------------------- */

typedef struct snt_error snt_error;

/* What the caller can do next. */
typedef int32_t snt_code;
enum {
  SNT_OK = 0,
  SNT_INVALID_ARGUMENT = 1, /* the same call can never work */
  SNT_OUT_OF_MEMORY = 2,    /* release arrays and retry */
  SNT_UNAVAILABLE = 3,      /* a driver, compiler, backend or file is absent on this machine */
  SNT_COMPILE_FAILED = 4,   /* the kernel's source is wrong; the message has the compiler's log */
  SNT_KERNEL_FAILED = 5,    /* a kernel failed while it ran (assert, trap, fault) */
  SNT_DEVICE_LOST = 6,      /* the device is gone for this process */
  SNT_BUSY = 7,             /* a writable view is open, or the object is in use */
  SNT_UNSUPPORTED = 8,      /* valid, but this device cannot do it */
  SNT_INTERNAL = 9          /* a bug in sennit */
};

SNT_API snt_code snt_error_code(const snt_error* error); /* NULL: SNT_OK */
/* What is wrong, with the values, and what to do next. NULL: "". */
SNT_API const char* snt_error_message(const snt_error* error);
SNT_API void snt_error_release(snt_error* error);

/* ---- Logging ------------------------------------------------------------------------------- */

typedef int32_t snt_log_level;
enum { SNT_LOG_ERROR = 1, SNT_LOG_WARNING = 2, SNT_LOG_INFO = 3, SNT_LOG_DEBUG = 4 };

/* Receives messages of `level` and more urgent ones, from any thread, never under a lock of
   sennit. NULL restores the default: warnings and errors to standard error. Process-wide. */
typedef void (*snt_log_sink)(void* user, snt_log_level level, const char* message);
SNT_API void snt_set_log_sink(snt_log_sink sink, void* user, snt_log_level level);

/* ---- Runtimes ------------------------------------------------------------------------------ */

/* One scheduler with its devices, arrays and kernels. */
typedef struct snt_runtime snt_runtime;

typedef struct snt_option {
  const char* name;  /* as listed by snt_option_count / snt_option_describe; or "grcuda." and one of
                        GrCUDA's, which win over those: docs/grcuda_options.md */
  const char* value; /* as text: "4", "true", "round_robin" */
} snt_option;

typedef struct snt_runtime_config {
  size_t struct_size;
  const char* device;        /* "cuda", "cpu", "virtual"; NULL or "auto": the GPUs if there are
                                any, else the CPU. The option `device` by its usual name. */
  const snt_option* options; /* wins over the environment (SENNIT_<NAME>) */
  size_t option_count;
} snt_runtime_config;

/* Makes a runtime. `config` may be NULL. Errors: SNT_INVALID_ARGUMENT (unknown option or value:
   the message lists the known ones), SNT_UNAVAILABLE. */
SNT_API snt_error* snt_runtime_create(const snt_runtime_config* config, snt_runtime** out_runtime);
/* The process's own runtime, made at the first call with the options of the environment. The
   caller releases what it gets, as with snt_runtime_create; the runtime lives on. */
SNT_API snt_error* snt_runtime_default(snt_runtime** out_runtime);
SNT_API void snt_runtime_release(snt_runtime* runtime);

/* Blocks until all submitted work is done. Errors: the oldest failure that no call has reported. */
SNT_API snt_error* snt_runtime_sync(snt_runtime* runtime);

typedef struct snt_device_info {
  size_t struct_size;
  const char* name; /* "NVIDIA H100 PCIe", "CPU (2 cores)"; lives as long as the runtime */
  const char* kind; /* "cuda", "cpu", "virtual" */
  const char* architecture;
  uint64_t memory_bytes;     /* 0: not limited */
  uint64_t max_shared_bytes; /* dynamic and static, of a block */
  uint32_t max_threads_per_block;
  uint32_t multiprocessors;
  uint32_t max_cluster_blocks; /* 1: no clusters */
  int32_t dlpack_type; /* the device as DLPack names it: type and number; the host, (1, 0), */
  int32_t dlpack_id;   /* where no other library can use its memory */
} snt_device_info;

SNT_API int32_t snt_runtime_device_count(const snt_runtime* runtime);
SNT_API snt_error* snt_runtime_device_info(const snt_runtime* runtime, int32_t device,
                                           snt_device_info* out_info);

/* What the runtime has done so far; all counts since its creation. */
typedef struct snt_statistics {
  size_t struct_size;
  uint64_t operations; /* launches, copies, fills, host reads and writes, transfers */
  uint64_t launches;
  uint64_t transfers; /* copies and fills that sennit added */
  uint64_t transfer_bytes;
  uint64_t streams;         /* that exist now, on all devices */
  uint64_t in_flight;       /* operations not known to be complete now */
  uint64_t live_arrays;     /* storage blocks now: views do not count */
  uint64_t allocated_bytes; /* device and host, now */
  /* Repeated work that was held back to run as graphs: */
  uint64_t replays;        /* graphs that it ran as */
  uint64_t replayed;       /* operations and transfers in them */
  uint64_t replay_graphs;  /* graphs made */
  uint64_t replay_updates; /* operations of graphs that were given other arguments */
  /* Times that it ran one by one, as there was no graph of it yet; that it ran early, as something
     else came than in the repetitions before; as the host waited in the middle of it; as nothing
     came for `replay_patience_us`: */
  uint64_t replay_misses;
  uint64_t replay_strays;
  uint64_t replay_waits;
  uint64_t replay_timeouts;
  /* Times that a loop was timed with graphs and without, and decided on; in favour of graphs; and
     what the times differ by, over all turns of those loops since: */
  uint64_t replay_trials;
  uint64_t replay_gains;
  double replay_saved_us;
} snt_statistics;
SNT_API snt_error* snt_runtime_statistics(snt_runtime* runtime, snt_statistics* out_statistics);

/* Gives memory that is kept for later arrays, on devices and page-locked on the host, back to the
   system. Blocks for as long as that takes. */
SNT_API snt_error* snt_runtime_trim(snt_runtime* runtime);

/* The table of options, in alphabetical order: for documentation and command lines. */
typedef struct snt_option_info {
  size_t struct_size;
  const char* name;          /* static */
  const char* default_value; /* static */
  const char* meaning;       /* static; one line, units included */
} snt_option_info;
SNT_API size_t snt_option_count(void);
SNT_API snt_error* snt_option_describe(size_t index, snt_option_info* out_info);

/* ---- Arrays -------------------------------------------------------------------------------- */

/* Typed N-dimensional data whose bytes may be on several devices and the host; or a view of such
   an array, which shares its bytes. */
typedef struct snt_array snt_array;

typedef int32_t snt_dtype;
enum {
  SNT_BOOL = 1,
  SNT_INT8 = 2,
  SNT_INT16 = 3,
  SNT_INT32 = 4,
  SNT_INT64 = 5,
  SNT_UINT8 = 6,
  SNT_UINT16 = 7,
  SNT_UINT32 = 8,
  SNT_UINT64 = 9,
  SNT_FLOAT16 = 10,
  SNT_BFLOAT16 = 11,
  SNT_FLOAT32 = 12,
  SNT_FLOAT64 = 13,
  SNT_COMPLEX64 = 14, /* two float32: real, imaginary */
  SNT_COMPLEX128 = 15 /* two float64 */
};

#define SNT_MAX_DIMENSIONS 32

/* "float32"; NULL for a value that is no dtype. Static. */
SNT_API const char* snt_dtype_name(snt_dtype dtype);
SNT_API size_t snt_dtype_bytes(snt_dtype dtype); /* 0 for a value that is no dtype */
/* By NumPy's name or C's. Errors: SNT_INVALID_ARGUMENT, which lists the known names. */
SNT_API snt_error* snt_dtype_parse(const char* name, snt_dtype* out_dtype);

typedef int32_t snt_order;
enum { SNT_ORDER_C = 0, SNT_ORDER_F = 1 };

typedef int32_t snt_initial;
enum {
  SNT_ZEROS = 0, /* reads as zeros; nothing is allocated or filled before it is needed */
  SNT_EMPTY = 1  /* contents undefined */
};

typedef struct snt_array_config {
  size_t struct_size;
  snt_dtype dtype;
  int32_t dimensions;   /* 0 (one element) to SNT_MAX_DIMENSIONS */
  const int64_t* shape; /* elements, each >= 0 */
  snt_order order;
  snt_initial initial;
} snt_array_config;

/* Errors: SNT_INVALID_ARGUMENT. Memory is allocated at the first use, so SNT_OUT_OF_MEMORY comes
   there. */
SNT_API snt_error* snt_array_create(snt_runtime* runtime, const snt_array_config* config,
                                    snt_array** out_array);
/* A view of `array`'s bytes: element (i, j, ...) of the view is at byte
   offset_bytes + i * strides_bytes[0] + j * strides_bytes[1] + ... of `array`'s first element.
   Strides may be zero or negative. The view keeps the bytes alive. Errors: SNT_INVALID_ARGUMENT
   if any element of the view lies outside `array`'s storage. */
SNT_API snt_error* snt_array_view(snt_array* array, snt_dtype dtype, int32_t dimensions,
                                  const int64_t* shape, const int64_t* strides_bytes,
                                  int64_t offset_bytes, snt_array** out_view);
SNT_API snt_array* snt_array_retain(snt_array* array); /* returns `array` */
SNT_API void snt_array_release(snt_array* array);

typedef struct snt_array_info {
  size_t struct_size;
  snt_dtype dtype;
  int32_t dimensions;
  const int64_t* shape; /* lives as long as the array, as do the strides */
  const int64_t* strides_bytes;
  int64_t size;           /* elements */
  int64_t offset_bytes;   /* of the first element in the storage */
  uint64_t storage_bytes; /* of the whole storage that the array is a view of */
  uint64_t storage_id;    /* equal for arrays that share bytes, while both live */
  int32_t c_contiguous;
  int32_t f_contiguous;
  int32_t is_view; /* not the array that snt_array_create made */
} snt_array_info;
SNT_API snt_error* snt_array_info_get(const snt_array* array, snt_array_info* out_info);
/* The address of the array's first element in the memory of its device, for tables of pointers and
   linked structures. The array's storage stays there from now on, as long as it lives. Kernels
   whose code may follow pointers in memory are ordered with all other work on it, as if it was
   their argument (or see `touches` of snt_launch_config); its bytes are brought there for them.
   Blocks for at most the allocation. Errors: SNT_OUT_OF_MEMORY, SNT_BUSY (a writable view is open),
   SNT_DEVICE_LOST. */
SNT_API snt_error* snt_array_address(snt_array* array, void** out_address);
/* The runtime that the array belongs to; not retained. */
SNT_API snt_runtime* snt_array_runtime(const snt_array* array);

/* Reads or writes one element, `index` counted per dimension (0 <= index < shape). Waits only for
   what the element needs; where the host's copy is current it is a plain load or store without a
   lock. `bytes` must be that of the dtype. Blocks. */
SNT_API snt_error* snt_array_read_element(snt_array* array, const int64_t* index, void* out_value,
                                          size_t bytes);
SNT_API snt_error* snt_array_write_element(snt_array* array, const int64_t* index,
                                           const void* value, size_t bytes);
/* Reads or writes all elements of the array or view, as C-ordered contiguous elements in caller
   memory. `bytes` must be size * dtype bytes. snt_array_write has read `data` when it returns.
   Blocks. */
SNT_API snt_error* snt_array_read(snt_array* array, void* out_data, size_t bytes);
SNT_API snt_error* snt_array_write(snt_array* array, const void* data, size_t bytes);
/* Sets every element to `*value`. Scheduled like a kernel; does not wait. */
SNT_API snt_error* snt_array_fill(snt_array* array, const void* value, size_t bytes);
/* Copies `from` to `to`: same shape and dtype, in any order and stride; they may overlap.
   Scheduled like a kernel; does not wait. */
SNT_API snt_error* snt_array_copy(snt_array* to, snt_array* from);

/* 1 if everything that writes the array is known to be done: reading it would not wait for work.
   Never blocks. */
SNT_API int32_t snt_array_is_ready(snt_array* array);
/* Blocks until everything that writes the array is done. Errors: the failure of that work. */
SNT_API snt_error* snt_array_wait(snt_array* array);

/* ---- Host views: the array's bytes in place ------------------------------------------------- */

typedef struct snt_view snt_view;

/* Read-only, zero-copy: a stable snapshot. Its bytes never change; operations that write the
   array later go to fresh memory. Release it when done: while it lives, the next writer pays for
   a copy. Blocks until the contents are there. */
SNT_API snt_error* snt_array_snapshot(snt_array* array, snt_view** out_view);
/* Writable, zero-copy. Until snt_view_close every operation on the same storage, reads included,
   is refused with SNT_BUSY and a message that names `file` and `line` (NULL, 0: not known).
   Blocks until the contents are there. */
SNT_API snt_error* snt_array_open_writable(snt_array* array, const char* file, int32_t line,
                                           snt_view** out_view);
/* The first element; strides are the array's. Valid until the view is closed or released. */
SNT_API void* snt_view_data(const snt_view* view);
/* Ends a writable view: what was written is the array's contents. Also done by release. */
SNT_API void snt_view_close(snt_view* view);
SNT_API void snt_view_release(snt_view* view);

/* ---- Kernels ------------------------------------------------------------------------------- */

typedef struct snt_kernel snt_kernel;

typedef struct snt_kernel_config {
  size_t struct_size;
  const char* source;         /* CUDA C++; NULL if there is an image */
  const char* name;           /* a name expression: "saxpy", "scale<float, 4>", "ns::k<int>" */
  const char* signature;      /* NULL: found in the source; else "saxpy(n: sint32, x: in pointer
                                 float, y: inout pointer float)" or "sint32, const pointer, ..." */
  const char* source_name;    /* shown in the compiler's messages; NULL: "kernel.cu" */
  const char* const* options; /* NVRTC's: "-DN=4", "--use_fast_math", "-I/folder", ... */
  size_t option_count;
  const void*
      image; /* instead of a source: PTX, a cubin or a fatbin, read during the call. `name` */
  size_t image_bytes; /* is then the kernel's symbol, and a signature is required. GPUs only */
} snt_kernel_config;

/* Finds the kernel's parameters and, unless the option `compile_eagerly` is off, compiles it.
   Takes 40 ms and more the first time, about a millisecond from the disk cache. Blocks.
   Errors: SNT_INVALID_ARGUMENT (no such kernel: the message lists those that exist; signature),
   SNT_COMPILE_FAILED (the message has the compiler's log), SNT_UNSUPPORTED, SNT_UNAVAILABLE. */
SNT_API snt_error* snt_kernel_build(snt_runtime* runtime, const snt_kernel_config* config,
                                    snt_kernel** out_kernel);
SNT_API snt_kernel* snt_kernel_retain(snt_kernel* kernel); /* returns `kernel` */
SNT_API void snt_kernel_release(snt_kernel* kernel);

SNT_API const char* snt_kernel_name(const snt_kernel* kernel);
/* "saxpy(n: sint32, x: in pointer float, y: inout pointer float)" */
SNT_API const char* snt_kernel_signature(const snt_kernel* kernel);
SNT_API int32_t snt_kernel_parameter_count(const snt_kernel* kernel);
SNT_API uint64_t snt_kernel_launch_count(const snt_kernel* kernel);

/* The __device__ or __constant__ variable `name` of the kernel's code as an array; the kernel keeps
   its contents as long as it lives. Launches from now on count as reading and writing it. `shape`
   NULL: one dimension, as many elements as the variable has. Blocks until submitted work is done if
   the kernel was launched before. Errors: SNT_INVALID_ARGUMENT (no such variable, or its bytes are
   not those of the array), SNT_UNSUPPORTED on several devices. */
SNT_API snt_error* snt_kernel_variable(snt_kernel* kernel, const char* name, snt_dtype dtype,
                                       int32_t dimensions, const int64_t* shape,
                                       snt_array** out_array);

typedef int32_t snt_argument_kind;
enum {
  SNT_ARGUMENT_ARRAY = 1,   /* array: a whole array or a view; a slice promises that the kernel
                               touches only its bytes */
  SNT_ARGUMENT_BOOL = 2,    /* i: 0 or 1 */
  SNT_ARGUMENT_INT = 3,     /* i: converted to the parameter's type, range checked */
  SNT_ARGUMENT_UINT = 4,    /* u */
  SNT_ARGUMENT_FLOAT = 5,   /* f: rounded to the parameter's type */
  SNT_ARGUMENT_BYTES = 6,   /* data: `bytes` bytes, for structs */
  SNT_ARGUMENT_POINTER = 7, /* data: a device address that sennit does not track; NULL is fine */
  SNT_ARGUMENT_COMPLEX = 8  /* data: two doubles, real and imaginary; rounded to the parameter's
                               type */
};

typedef struct snt_argument { /* 16 bytes */
  snt_argument_kind kind;
  uint32_t bytes; /* of SNT_ARGUMENT_BYTES; else 0, but SNT_UNTRACKED for an array that this
                     launch does not track */
  union {
    snt_array* array;
    int64_t i;
    uint64_t u;
    double f;
    const void* data;
  } value;
} snt_argument;

#define SNT_UNTRACKED 0x80000000u

/* Names a submitted operation for `after` and snt_operation_wait. Never reused; 0: none. */
typedef uint64_t snt_operation;

typedef struct snt_launch_config {
  size_t struct_size;
  uint32_t grid[3];           /* blocks; 0 counts as 1, but grid[0] must be >= 1 */
  uint32_t block[3];          /* threads; likewise */
  uint32_t shared_bytes;      /* dynamic shared memory of a block */
  int32_t cooperative;        /* all blocks resident at once: grid.sync() is allowed */
  const snt_operation* after; /* further operations that must be done first */
  size_t after_count;
  const char* file; /* where the caller's program launches; kept by address: static, or */
  int32_t line;     /* interned with snt_intern. NULL: not known */
  uint32_t
      cluster[3]; /* blocks that share distributed shared memory; 0 counts as 1; divides the
                     grid. Up to 8 blocks run on every GPU that has clusters, up to 16 on some */
  /* The arrays that the kernel comes to through pointers in memory, beside its arguments; their
     addresses are those of snt_array_address. NULL: if the code shows that it may follow such
     pointers, every array whose address anybody has been told. */
  snt_array* const* touches;
  size_t touch_count; /* with `touches` not NULL, 0: none */
} snt_launch_config;

/* Launches `kernel` with `argument_count` arguments and returns at once. All that can be checked
   (count, types, ranges, limits) is checked here: SNT_INVALID_ARGUMENT, SNT_BUSY.
   `out_operation` may be NULL. */
SNT_API snt_error* snt_kernel_launch(snt_kernel* kernel, const snt_launch_config* config,
                                     const snt_argument* arguments, size_t argument_count,
                                     snt_operation* out_operation);

/* Blocks until the operation is done. Errors: its failure. */
SNT_API snt_error* snt_operation_wait(snt_runtime* runtime, snt_operation operation);

/* A copy of `text` that lives as long as the process; the same text gives the same address. */
SNT_API const char* snt_intern(const char* text);

/* ---- Traces -------------------------------------------------------------------------------- */

/* Records what a runtime does: operations, dependencies, streams, times. */
typedef struct snt_trace snt_trace;

SNT_API snt_error* snt_trace_start(snt_runtime* runtime, snt_trace** out_trace);
/* Ends recording. Blocks until the recorded work is done. */
SNT_API snt_error* snt_trace_stop(snt_trace* trace);
/* A few lines: how many kernels, transfers, edges and streams, what overlapped. Of a stopped
   trace; lives as long as it. */
SNT_API snt_error* snt_trace_summary(snt_trace* trace, const char** out_text);
/* Writes the DAG and the timeline to `path`. `format`: "svg", "dot" or "json". */
SNT_API snt_error* snt_trace_write(snt_trace* trace, const char* path, const char* format);
SNT_API void snt_trace_release(snt_trace* trace);

#ifdef __cplusplus
}
#endif

#include <sennit/exchange.h> /* arrays shared with other libraries */
#include <sennit/grcuda.h>   /* GrCUDA programs */

#endif /* SENNIT_SENNIT_H_ */
