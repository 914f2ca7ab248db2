// Decodes WebP files from memory by libwebp and answers compare's rounds with megapixels and user CPU seconds.
//
//	cc -O2 -o libwebp libwebp.c -lwebp   (Debian: libwebp-dev)
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <webp/decode.h>

static double user(void) {
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6;
}

int main(int argc, char **argv) {
	uint8_t **data = calloc(argc, sizeof *data);
	size_t *size = calloc(argc, sizeof *size);
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		if (!f || fseek(f, 0, SEEK_END)) {
			perror(argv[i]);
			return 1;
		}
		size[i] = ftell(f);
		rewind(f);
		data[i] = malloc(size[i]);
		if (fread(data[i], 1, size[i], f) != size[i])
			return 1;
		fclose(f);
	}
	for (char line[64]; fgets(line, sizeof line, stdin);) {
		double begin = user(), pixels = 0;
		for (int i = 1; i < argc; i++) {
			int w, h;
			uint8_t *rgb = WebPDecodeRGB(data[i], size[i], &w, &h);
			if (!rgb) {
				fprintf(stderr, "libwebp refuses %s\n", argv[i]);
				return 1;
			}
			pixels += (double)w * h;
			WebPFree(rgb);
		}
		printf("%f %f\n", pixels / 1e6, user() - begin);
		fflush(stdout);
	}
	return 0;
}
