// The polynomials of activations.inc.
#pragma once

// The sigmoid's: a weighted least-squares fit, iterated until its largest errors were equal.
#define SIGMOID_MIDDLE 0.5f
#define SIGMOID_0 0.2496396f
#define SIGMOID_1 -0.019863017f
#define SIGMOID_2 0.0015849719f
#define SIGMOID_3 -9.285081e-05f
#define SIGMOID_4 3.6445722e-06f
#define SIGMOID_5 -9.1618915e-08f
#define SIGMOID_6 1.4047734e-09f
#define SIGMOID_7 -1.1916726e-11f
#define SIGMOID_8 4.2770878e-14f

// Swish's: a least-squares fit, weighted for errors that are far smaller near 0, and exact at 0: quantized values are as coarse
// as they are large.
#define SWISH_END 8.f
#define SWISH_7 4.01492935e-06f
#define SWISH_6 -0.000132218978f
#define SWISH_5 0.00175201136f
#define SWISH_4 -0.0115877772f
#define SWISH_3 0.0356773287f
#define SWISH_2 -0.00743646221f
#define SWISH_1 -0.24952291f
#define SWISH_0 0.5f
