/*
 * Settings of a test program: numbers in environment variables, as IGD_RANDOM_SEED=17.
 */
#ifndef IGD_TESTS_SETTING_H
#define IGD_TESTS_SETTING_H

#include <stdint.h>

/* The variable's number; `usual` when it is not set, or empty. */
uint64_t test_setting(const char *name, uint64_t usual);

#endif
