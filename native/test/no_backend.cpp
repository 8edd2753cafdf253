// A library that is no backend, for border_test.
extern "C" __attribute__((visibility("default"))) int sae_something_else() { return 0; }
