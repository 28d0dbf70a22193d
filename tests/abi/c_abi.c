/* tests/abi/c_abi.c: the C ABI, used from C99, on the device given as the first argument ("virtual"
   if none). tools/check_layouts.py compares the layouts. */
#include <sennit/sennit.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                          \
    }                                                                      \
  } while (0)

/* Succeeds, or prints why not. */
static int ok(snt_error* error) {
  if (error == NULL) return 1;
  printf("error %d: %s\n", (int)snt_error_code(error), snt_error_message(error));
  snt_error_release(error);
  return 0;
}

/* Fails with `code` and a message that contains `text`. */
static int fails(snt_error* error, snt_code code, const char* text) {
  const int as_wanted =
      snt_error_code(error) == code && strstr(snt_error_message(error), text) != NULL;
  if (!as_wanted) {
    printf("error %d: '%s'; wanted %d: '%s'\n", (int)snt_error_code(error),
           snt_error_message(error), (int)code, text);
  }
  snt_error_release(error);
  return as_wanted;
}

static void arrays(snt_runtime* runtime) {
  const int64_t shape[2] = {3, 4};
  const int64_t column_shape[1] = {3};
  const int64_t column_strides[1] = {16};
  const int64_t at[2] = {1, 2};
  const int64_t outside[2] = {3, 0};
  snt_array* array = NULL;
  snt_array* column = NULL;
  float values[12];
  float value = 0;
  int i;
  SNT_INIT(snt_array_config, config);
  SNT_INIT(snt_array_info, info);
  config.dtype = SNT_FLOAT32;
  config.dimensions = 2;
  config.shape = shape;
  CHECK(ok(snt_array_create(runtime, &config, &array)));
  CHECK(ok(snt_array_read_element(array, at, &value, sizeof value)));
  CHECK(value == 0.0f);
  for (i = 0; i < 12; ++i) values[i] = (float)i;
  CHECK(ok(snt_array_write(array, values, sizeof values)));
  CHECK(ok(snt_array_read_element(array, at, &value, sizeof value)));
  CHECK(value == 6.0f);
  value = 60.0f;
  CHECK(ok(snt_array_write_element(array, at, &value, sizeof value)));

  CHECK(ok(snt_array_view(array, SNT_FLOAT32, 1, column_shape, column_strides, 8, &column)));
  CHECK(ok(snt_array_read(column, values, 3 * sizeof(float))));
  CHECK(values[0] == 2.0f && values[1] == 60.0f && values[2] == 10.0f);
  CHECK(ok(snt_array_info_get(column, &info)));
  CHECK(info.size == 3 && info.is_view == 1 && info.c_contiguous == 0 && info.storage_bytes == 48);

  CHECK(fails(snt_array_read_element(array, outside, &value, sizeof value), SNT_INVALID_ARGUMENT,
              "index 3 is out of range for dimension 0 of float32[3, 4]"));
  CHECK(fails(snt_array_read(array, values, 4), SNT_INVALID_ARGUMENT, "48 bytes"));
  config.struct_size = 0;
  CHECK(fails(snt_array_create(runtime, &config, &array), SNT_INVALID_ARGUMENT, "struct_size"));
  snt_array_release(array);
  snt_array_release(column); /* the view kept the bytes alive */
}

static void views(snt_runtime* runtime) {
  const int64_t shape[1] = {8};
  snt_array* array = NULL;
  snt_view* snapshot = NULL;
  snt_view* writable = NULL;
  int32_t value = 7;
  SNT_INIT(snt_array_config, config);
  config.dtype = SNT_INT32;
  config.dimensions = 1;
  config.shape = shape;
  CHECK(ok(snt_array_create(runtime, &config, &array)));
  CHECK(ok(snt_array_fill(array, &value, sizeof value)));
  CHECK(ok(snt_array_snapshot(array, &snapshot)));
  CHECK(ok(snt_array_open_writable(array, "here.c", 5, &writable)));
  ((int32_t*)snt_view_data(writable))[3] = 30;
  value = 1;
  CHECK(fails(snt_array_fill(array, &value, sizeof value), SNT_BUSY, "here.c:5"));
  snt_view_close(writable);
  snt_view_release(writable);
  CHECK(((const int32_t*)snt_view_data(snapshot))[3] == 7); /* a snapshot never changes */
  {
    const int64_t at[1] = {3};
    CHECK(ok(snt_array_read_element(array, at, &value, sizeof value)));
    CHECK(value == 30);
  }
  snt_view_release(snapshot);
  snt_array_release(array);
}

/* A list of the caller's: 10, 20, 30. `user` counts the releases. */
static int32_t list_size(void* user, int64_t* out_size) {
  (void)user;
  *out_size = 3;
  return 0;
}
static int32_t list_read(void* user, int64_t index, snt_any* out_element) {
  (void)user;
  out_element->kind = SNT_ANY_INT;
  out_element->value.i = 10 * (index + 1);
  return 0;
}
static void list_release(void* user) { ++*(int*)user; }
static void list_retain(void* user) { --*(int*)user; }

/* A GrCUDA program: expressions, members, elements and calls. */
static void programs(snt_runtime* runtime) {
  snt_grcuda* program = NULL;
  snt_array* array = NULL;
  snt_any x, result, copy_from, argument, shred;
  int64_t size = 0;
  int32_t found = 0;
  int releases = 0;
  const snt_option options[1] = {{"grcuda.ExecutionPolicy", "async"}};
  SNT_INIT(snt_foreign, list);
  CHECK(ok(snt_grcuda_create(runtime, options, 1, &program)));
  CHECK(ok(snt_grcuda_eval(program, "int[2 + 1]", &x)));
  CHECK(x.kind == SNT_ANY_VALUE);
  CHECK(snt_value_traits_of(x.value.object) == (SNT_VALUE_MEMBERS | SNT_VALUE_ELEMENTS));
  CHECK(ok(snt_value_size(x.value.object, &size)));
  CHECK(size == 3);
  argument.kind = SNT_ANY_INT;
  argument.value.i = 7;
  CHECK(ok(snt_value_write(x.value.object, 1, &argument)));
  CHECK(snt_value_write_now(x.value.object, 2, &argument) == 1);
  CHECK(snt_value_read_now(x.value.object, 1, &result) == 1);
  CHECK(result.kind == SNT_ANY_INT && result.value.i == 7);
  CHECK(snt_value_read_now(x.value.object, 3, &result) == 0);
  CHECK(fails(snt_value_read(x.value.object, 3, &result), SNT_INVALID_ARGUMENT, "index 3"));

  list.user = &releases;
  list.description = "list";
  list.size = list_size;
  list.read = list_read;
  list.release = list_release;
  argument.kind = SNT_ANY_FOREIGN;
  argument.value.foreign = &list;
  CHECK(ok(snt_value_member(x.value.object, "copyFrom", &copy_from, &found)));
  CHECK(found == 1);
  CHECK(ok(snt_value_call(copy_from.value.object, &argument, 1, &result)));
  CHECK(releases == 1);
  snt_any_release(&result);
  snt_any_release(&copy_from);
  list.size = NULL; /* no array of objects: handed back as it is, with a release of its own */
  list.retain = list_retain;
  CHECK(ok(snt_grcuda_eval(program, "shred", &shred)));
  CHECK(ok(snt_value_call(shred.value.object, &argument, 1, &result)));
  CHECK(result.kind == SNT_ANY_FOREIGN && result.value.user == &releases && releases == 1);
  list_release(result.value.user);
  snt_any_release(&shred);
  CHECK(ok(snt_value_array(x.value.object, &array)));
  {
    int32_t values[3] = {0, 0, 0};
    CHECK(ok(snt_array_read(array, values, sizeof values)));
    CHECK(values[0] == 10 && values[1] == 20 && values[2] == 30);
  }
  snt_array_release(array);

  CHECK(ok(snt_value_member(x.value.object, "isMemoryFreed", &result, &found)));
  CHECK(snt_value_truth(result.value.object) == 0);
  CHECK(snt_value_truth(x.value.object) == -1);
  snt_any_release(&result);
  CHECK(ok(snt_value_describe(x.value.object, &result)));
  CHECK(result.kind == SNT_ANY_TEXT && strcmp(result.value.text, "DeviceArray(int[3])") == 0);
  snt_any_release(&result);
  CHECK(snt_value_member_count(x.value.object) == 4);
  CHECK(ok(snt_value_member_name(x.value.object, 0, &result)));
  CHECK(strcmp(result.value.text, "copyFrom") == 0);
  snt_any_release(&result);
  CHECK(ok(snt_value_member(x.value.object, "nothing", &result, &found)));
  CHECK(found == 0);
  CHECK(fails(snt_grcuda_eval(program, "int[", &result), SNT_INVALID_ARGUMENT, "column 5"));
  snt_grcuda_release(program); /* its objects live on */
  CHECK(ok(snt_value_read(x.value.object, 0, &result)));
  CHECK(result.value.i == 10);
  snt_any_release(&x);
}

/* A virtual machine shares nothing with other libraries, and says so. */
static void sharing(snt_runtime* runtime) {
  snt_array* array = NULL;
  snt_kernel* kernel = NULL;
  snt_stream stream = SNT_NO_STREAM;
  void* data = NULL;
  const int64_t shape[1] = {4};
  const char ptx[] = ".version 8.0\n.target sm_90\n";
  SNT_INIT(snt_array_config, config);
  SNT_INIT(snt_device_info, info);
  SNT_INIT(snt_device_memory, memory);
  SNT_INIT(snt_kernel_config, code);
  config.dtype = SNT_INT32;
  config.dimensions = 1;
  config.shape = shape;
  CHECK(ok(snt_array_create(runtime, &config, &array)));
  CHECK(ok(snt_runtime_device_info(runtime, 0, &info)));
  CHECK(info.dlpack_type == 1 && info.dlpack_id == 0 && info.max_cluster_blocks == 1);
  CHECK(snt_array_device(array) == 0);
  CHECK(fails(snt_runtime_wait_for(runtime, 0, SNT_LEGACY_STREAM), SNT_UNSUPPORTED, "\"cuda\""));
  CHECK(
      fails(snt_runtime_wait_for(runtime, 7, SNT_LEGACY_STREAM), SNT_INVALID_ARGUMENT, "device 7"));
  CHECK(fails(snt_runtime_stream_wait(runtime, SNT_PER_THREAD_STREAM, array), SNT_UNSUPPORTED,
              "\"cuda\""));
  CHECK(fails(snt_runtime_lent_stream(runtime, 0, &stream), SNT_UNSUPPORTED, "\"cuda\""));
  CHECK(fails(snt_array_device_data(array, SNT_NO_STREAM, &data), SNT_UNSUPPORTED,
              "the host's memory"));
  CHECK(fails(snt_array_share_dlpack(array, SNT_NO_STREAM, 1, &data), SNT_UNSUPPORTED,
              "the host's memory"));
  memory.dtype = SNT_INT32;
  memory.dimensions = 1;
  memory.shape = shape;
  memory.data = memory.user = &memory;
  memory.stream = SNT_NO_STREAM;
  CHECK(fails(snt_array_from_device_memory(runtime, &memory, &array), SNT_INVALID_ARGUMENT,
              "is no memory of"));
  code.name = "k";
  code.image = ptx;
  CHECK(
      fails(snt_kernel_build(runtime, &code, &kernel), SNT_INVALID_ARGUMENT, "'image_bytes' is 0"));
  code.image_bytes = sizeof ptx;
  CHECK(fails(snt_kernel_build(runtime, &code, &kernel), SNT_UNSUPPORTED, "\"cuda\""));
  CHECK(fails(snt_kernel_variable(NULL, "v", SNT_INT32, 0, NULL, &array), SNT_INVALID_ARGUMENT,
              "'kernel' is NULL"));
  CHECK(ok(snt_runtime_trim(runtime)));
  snt_array_release(array);
}

static void mistakes(snt_runtime* runtime) {
  snt_runtime* other = NULL;
  snt_dtype dtype = 0;
  snt_option option;
  SNT_INIT(snt_runtime_config, config);
  CHECK(fails(snt_dtype_parse("float33", &dtype), SNT_INVALID_ARGUMENT, "float32"));
  config.device = "abacus";
  CHECK(fails(snt_runtime_create(&config, &other), SNT_INVALID_ARGUMENT, "cpu"));
  config.device = "virtual";
  option.name = "stream_polity";
  option.value = "adaptive";
  config.options = &option;
  config.option_count = 1;
  CHECK(fails(snt_runtime_create(&config, &other), SNT_INVALID_ARGUMENT, "stream_policy"));
  option.name = "stream_policy";
  option.value = "no_such";
  CHECK(fails(snt_runtime_create(&config, &other), SNT_INVALID_ARGUMENT, "disjoint_parents"));
  CHECK(fails(snt_runtime_sync(NULL), SNT_INVALID_ARGUMENT, "'runtime' is NULL"));
  (void)runtime;
}

int main(int count, char** arguments) {
  snt_runtime* runtime = NULL;
  SNT_INIT(snt_runtime_config, config);
  SNT_INIT(snt_statistics, statistics);
  config.device = count > 1 ? arguments[1] : "virtual";
  CHECK(strcmp(snt_version(), "0.1.0") == 0);
  if (!ok(snt_runtime_create(&config, &runtime))) return 1;
  arrays(runtime);
  views(runtime);
  programs(runtime);
  sharing(runtime);
  mistakes(runtime);
  CHECK(ok(snt_runtime_sync(runtime)));
  CHECK(ok(snt_runtime_statistics(runtime, &statistics)));
  CHECK(statistics.live_arrays == 0);
  CHECK(statistics.allocated_bytes == 0);
  CHECK(statistics.in_flight == 0);
  snt_runtime_release(runtime);
  printf("%s\n", failures == 0 ? "c_abi: ok" : "c_abi: failed");
  return failures == 0 ? 0 : 1;
}
