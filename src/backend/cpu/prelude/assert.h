// assert.h: assert, which a kernel's launch reports with its file and line.
// No include guard: as in C, NDEBUG may change between two inclusions.
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) \
  ((condition) ? (void)0  \
               : __snt_assert_fail("assertion `" #condition "' failed", __FILE__, __LINE__))
#endif
