#include <torch/torch.h>
extern "C" __attribute__((visibility("default"))) int bonsai_probe(void){return (int)at::ones({3}).sum().item<float>();}
