// Little CMS as the peer of package icc.
//
//	lcms convert PROFILE INTENT IN OUT exact|default   samples of IN bits on standard input become sRGB of OUT bits
//	lcms bench PROFILE BITS FILE                       answers bench/compare's rounds: FILE's samples to sRGB, as many bits
//
// Samples are native-endian, 8 or 16 bits. "exact" switches off the optimisation that resamples tables; "default" is
// what programs get that pass no flags. INTENT is 0 to 3, in the order of the ICC. A profile named
// "@WX,WY,RX,RY,GX,GY,BX,BY,GAMMA" (four chromaticities and a power, 0 for the curve of sRGB) is built, not read.
//
// Needs Debian's gcc and liblcms2-dev: gcc -O2 -o lcms lcms.c -llcms2 -lm
#include <lcms2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void die(const char *what) {
	fprintf(stderr, "lcms: %s\n", what);
	exit(1);
}

static void refused(cmsContext context, cmsUInt32Number code, const char *text) { fprintf(stderr, "lcms: %s\n", text); }

static cmsHPROFILE built(const char *numbers) {
	double v[9];
	if (sscanf(numbers, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8) != 9)
		die("want @ and nine numbers");
	cmsCIExyY white = {v[0], v[1], 1};
	cmsCIExyYTRIPLE rgb = {{v[2], v[3], 1}, {v[4], v[5], 1}, {v[6], v[7], 1}};
	double srgb[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
	cmsToneCurve *c = v[8] > 0 ? cmsBuildGamma(NULL, v[8]) : cmsBuildParametricToneCurve(NULL, 4, srgb);
	cmsToneCurve *curves[3] = {c, c, c};
	return cmsCreateRGBProfile(&white, &rgb, curves);
}

static cmsHTRANSFORM transform(const char *path, int intent, int in, int out, int exact, int *channels) {
	cmsSetLogErrorHandler(refused);
	cmsHPROFILE p = path[0] == '@' ? built(path + 1) : cmsOpenProfileFromFile(path, "r");
	if (!p)
		die("cannot read the profile");
	cmsColorSpaceSignature space = cmsGetColorSpace(p);
	*channels = cmsChannelsOf(space);
	cmsUInt32Number from = COLORSPACE_SH(_cmsLCMScolorSpace(space)) | CHANNELS_SH(*channels) | BYTES_SH(in / 8);
	cmsHTRANSFORM t = cmsCreateTransform(p, from, cmsCreate_sRGBProfile(), out == 8 ? TYPE_RGB_8 : TYPE_RGB_16, intent,
		exact ? cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE : 0);
	if (!t)
		die("cannot make the transform");
	return t;
}

static int convert(char **a) {
	int in = atoi(a[2]), out = atoi(a[3]), channels;
	cmsHTRANSFORM t = transform(a[0], atoi(a[1]), in, out, !strcmp(a[4], "exact"), &channels);
	enum { pixels = 4096 };
	static uint16_t src[pixels * 4], dst[pixels * 3];
	size_t n;
	while ((n = fread(src, channels * in / 8, pixels, stdin)) > 0) {
		cmsDoTransform(t, src, dst, n);
		fwrite(dst, 3 * out / 8, n, stdout);
	}
	return 0;
}

static double seconds(void) {
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6;
}

static int bench(char **a) {
	int bits = atoi(a[1]), channels;
	enum { width = 1024 };
	cmsHTRANSFORM t = transform(a[0], INTENT_RELATIVE_COLORIMETRIC, bits, bits, 0, &channels);
	FILE *f = fopen(a[2], "rb");
	if (!f || fseek(f, 0, SEEK_END))
		die("cannot read the samples");
	size_t in = width * channels * bits / 8, rows = ftell(f) / in;
	rewind(f);
	char *src = malloc(in * rows), *dst = malloc(width * 3 * bits / 8), line[64];
	if (!src || !dst || fread(src, in, rows, f) != rows)
		die("cannot read the samples");
	while (fgets(line, sizeof line, stdin)) {
		double before = seconds();
		for (size_t y = 0; y < rows; y++)
			cmsDoTransform(t, src + y * in, dst, width);
		printf("%f %f\n", width * rows / 1e6, seconds() - before);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv) {
	if (argc == 7 && !strcmp(argv[1], "convert"))
		return convert(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "bench"))
		return bench(argv + 2);
	die("usage: lcms convert PROFILE INTENT IN OUT exact|default, or lcms bench PROFILE BITS FILE");
}
