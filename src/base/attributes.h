/*
 * Compiler attributes and small macros that every room uses.
 */
#ifndef IGD_BASE_ATTRIBUTES_H
#define IGD_BASE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller has to look at the result; fallible functions return an int code (base/error.h). */
#define IGD_MUST_CHECK        __attribute__((warn_unused_result))

#define IGD_PRINTF(at, first) __attribute__((format(printf, at, first)))

#define IGD_UNUSED            __attribute__((unused))

#define IGD_COUNT(array)      (sizeof(array) / sizeof((array)[0]))

/*
 * Releases a local when it leaves its scope: `IGD_CLEANUP(igd_buf) igd_buf b = IGD_BUF_INIT;`.
 * The type's header defines what that means with IGD_DEFINE_CLEANUP(type, function), where the
 * function takes a pointer to the type; every such function accepts an empty object.
 */
#define IGD_CLEANUP(type) __attribute__((cleanup(igd_cleanup_##type)))

#define IGD_DEFINE_CLEANUP(type, function)                         \
    IGD_UNUSED static inline void igd_cleanup_##type(type *object) \
    {                                                              \
        function(object);                                          \
    }

/* The same for an opaque handle: `IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;`. */
#define IGD_CLEANUP_PTR(type) __attribute__((cleanup(igd_cleanup_ptr_##type)))

#define IGD_DEFINE_CLEANUP_PTR(type, function)                          \
    IGD_UNUSED static inline void igd_cleanup_ptr_##type(type **object) \
    {                                                                   \
        function(*object);                                              \
    }

#endif
