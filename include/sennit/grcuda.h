/* sennit/grcuda.h: GrCUDA programs: expressions, and the objects that they yield; included by
   sennit.h.

   An object answers what every dynamic language can ask: its members, its elements, a call. A
   binding forwards its language's syntax to these functions, and gives objects of its own language
   to them by a table of functions (snt_foreign). docs/grcuda.md says what the objects are. */
#ifndef SENNIT_GRCUDA_H_
#define SENNIT_GRCUDA_H_

#include <sennit/sennit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Values -------------------------------------------------------------------------------- */

/* An object of a GrCUDA program: an array, a kernel, a function, a namespace, a device, ... */
typedef struct snt_value snt_value;
typedef struct snt_foreign snt_foreign;

typedef int32_t snt_any_kind;
enum {
  SNT_ANY_NOTHING = 0,
  SNT_ANY_BOOL = 1,   /* i: 0 or 1 */
  SNT_ANY_INT = 2,    /* i */
  SNT_ANY_FLOAT = 3,  /* f */
  SNT_ANY_TEXT = 4,   /* text */
  SNT_ANY_VALUE = 5,  /* object */
  SNT_ANY_FOREIGN = 6 /* foreign: an object of the caller's language; as an argument only, and as a
                         result where the program hands back what it was given: user */
};

/* 16 bytes. One that is an argument stays the caller's, but for a foreign object, which is the
   library's from the call on. One that is a result is the caller's: snt_any_release. */
typedef struct snt_any {
  snt_any_kind kind;
  uint32_t reserved; /* 0 */
  union {
    int64_t i;
    double f;
    const char* text;
    snt_value* object;
    const snt_foreign* foreign; /* of an argument */
    void* user;                 /* of a result: the foreign object's, retained: release it */
  } value;
} snt_any;

/* Gives back the text or the object of a result. */
SNT_API void snt_any_release(snt_any* any);

/* ---- Objects of the caller's language ------------------------------------------------------- */

typedef struct snt_foreign_buffer {
  size_t struct_size;
  void* data; /* contiguous elements in C order */
  snt_dtype dtype;
  int32_t writable;
  int64_t size; /* elements */
} snt_foreign_buffer;

/* A list, a function, ... The struct is copied during the call; its functions are called on the
   thread that called the library, and never under a lock of it. They return 0, or else have failed:
   then the library's call fails, too, with SNT_INVALID_ARGUMENT, and the binding knows why.
   Of what they return, an object is the library's, and a text stays theirs until the next call;
   what they are given is lent to them until they return.
   A function that the object does not have is NULL. */
struct snt_foreign {
  size_t struct_size;
  void* user;
  const char* description;     /* "list", for messages; copied. NULL: "object" */
  void (*release)(void* user); /* called once, when the library is done with it; from any thread */
  int32_t (*size)(void* user, int64_t* out_size);
  int32_t (*read)(void* user, int64_t index, snt_any* out_element);
  int32_t (*write)(void* user, int64_t index, const snt_any* element);
  int32_t (*member)(void* user, const char* name, snt_any* out_member);
  int32_t (*call)(void* user, const snt_any* arguments, size_t count, snt_any* out_result);
  /* All elements in place, valid until release; may fail without that being a mistake. */
  int32_t (*buffer)(void* user, snt_foreign_buffer* out_buffer);
  int32_t (*address)(void* user, uint64_t* out_address); /* of native memory that it stands for */
  /* Called when the object is the result of a call: one more `release` will follow, the caller's.
     NULL: such a result is not retained, and may be gone already. */
  void (*retain)(void* user);
};

/* ---- Programs ------------------------------------------------------------------------------- */

/* One GrCUDA program: a root namespace on a runtime. */
typedef struct snt_grcuda snt_grcuda;

/* `options` are GrCUDA's, "grcuda.ExecutionPolicy" and the like: what getoptions() shows, with
   those of the environment and the defaults. They take effect in the runtime: give it the same when
   it is created (snt_runtime_config). Errors: SNT_INVALID_ARGUMENT (lists the known ones). */
SNT_API snt_error* snt_grcuda_create(snt_runtime* runtime, const snt_option* options,
                                     size_t option_count, snt_grcuda** out_grcuda);
SNT_API void snt_grcuda_release(snt_grcuda* grcuda);
/* Evaluates one expression: "float[100]", "CU::buildkernel", "getdevices()". Errors:
   SNT_INVALID_ARGUMENT (the message shows where the mistake is, or lists what is known), and what
   the called function fails with. Blocks for as long as that function does. */
SNT_API snt_error* snt_grcuda_eval(snt_grcuda* grcuda, const char* expression, snt_any* out_result);

SNT_API snt_value* snt_value_retain(snt_value* value); /* returns `value` */
SNT_API void snt_value_release(snt_value* value);

/* What the value can be asked, a sum of: */
typedef uint32_t snt_value_traits;
enum {
  SNT_VALUE_MEMBERS = 1,
  SNT_VALUE_ELEMENTS = 2,
  SNT_VALUE_EXECUTABLE = 4,
  SNT_VALUE_TRUTH = 8 /* it stands for true or false */
};
SNT_API snt_value_traits snt_value_traits_of(const snt_value* value);
/* "DeviceArray(float[100])", as a text for snt_any_release. Never waits. */
SNT_API snt_error* snt_value_describe(const snt_value* value, snt_any* out_text);
/* 1, 0, or -1 if the value stands for neither. */
SNT_API int32_t snt_value_truth(const snt_value* value);

/* Names of the members that the value advertises, counted from 0. */
SNT_API size_t snt_value_member_count(const snt_value* value);
SNT_API snt_error* snt_value_member_name(const snt_value* value, size_t index, snt_any* out_text);
/* `out_found`: 0 if there is no member of that name. Blocks for as long as making the member takes:
   a kernel of a bound library is compiled when it is first read. */
SNT_API snt_error* snt_value_member(snt_value* value, const char* name, snt_any* out_member,
                                    int32_t* out_found);

SNT_API snt_error* snt_value_size(snt_value* value, int64_t* out_size);
/* Element `index`, 0 <= index < size: a number, or, of a matrix, a view of a row. Blocks until what
   writes it is done. */
SNT_API snt_error* snt_value_read(snt_value* value, int64_t index, snt_any* out_element);
SNT_API snt_error* snt_value_write(snt_value* value, int64_t index, const snt_any* element);
/* As above where that is a plain load or store, which takes no lock, allocates nothing and waits
   for nothing: 1. Else 0, and nothing happened: call the other one. */
SNT_API int32_t snt_value_read_now(snt_value* value, int64_t index, snt_any* out_element);
SNT_API int32_t snt_value_write_now(snt_value* value, int64_t index, const snt_any* element);

/* Calls a function, configures a kernel, or launches a configured one. */
SNT_API snt_error* snt_value_call(snt_value* value, const snt_any* arguments, size_t count,
                                  snt_any* out_result);
/* The address that the value stands for: an array's on its device (see snt_array_address), an
   opaque number of a stream or an event. Errors: SNT_INVALID_ARGUMENT if it has none. */
SNT_API snt_error* snt_value_address(snt_value* value, uint64_t* out_address);
/* The array behind a DeviceArray or a view of one, for all that sennit.h offers. Errors:
   SNT_INVALID_ARGUMENT if the value is none, or its memory was freed. */
SNT_API snt_error* snt_value_array(snt_value* value, snt_array** out_array);

#ifdef __cplusplus
}
#endif

#endif /* SENNIT_GRCUDA_H_ */
