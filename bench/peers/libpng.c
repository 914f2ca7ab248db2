/*
 * libpng, as package pngdec is compared with it: expanded to 8 bits, or 16 where the file has 16; all checks as libpng
 * makes them by default.
 *
 *	libpng bench FILE…  answers compare's rounds: megapixels decoded, user CPU seconds
 *	libpng dump FILE…   writes of each file a line "NAME WIDTH HEIGHT CHANNELS DEPTH", then its bytes, 16-bit values
 *	                    big-endian; or the line "NAME refused"
 *
 * cc -O2 -o libpng libpng.c -lpng
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct input {
	const unsigned char *data;
	size_t size, at;
};

struct picture {
	png_uint_32 width, height;
	int channels, depth;
	size_t stride;
	unsigned char *pixels; /* kept for the next picture */
	png_bytep *rows;
	size_t capacity, row_capacity;
};

static void quiet(png_structp p, png_const_charp s) {
	(void)p;
	(void)s;
}

static void fail(png_structp p, png_const_charp s) {
	(void)s;
	png_longjmp(p, 1);
}

static void read_data(png_structp p, png_bytep to, size_t n) {
	struct input *in = png_get_io_ptr(p);
	if (n > in->size - in->at)
		png_error(p, "end of file");
	memcpy(to, in->data + in->at, n);
	in->at += n;
}

static void *grown(void *p, size_t *capacity, size_t n) {
	if (n <= *capacity)
		return p;
	*capacity = n;
	p = realloc(p, n);
	if (!p)
		abort();
	return p;
}

static int decode(struct input in, struct picture *o) {
	png_structp p = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, quiet);
	png_infop info = png_create_info_struct(p);
	if (setjmp(png_jmpbuf(p))) {
		png_destroy_read_struct(&p, &info, NULL);
		return 0;
	}
	png_set_read_fn(p, &in, read_data);
	png_read_info(p, info);
	png_set_expand(p);
	png_read_update_info(p, info);
	o->width = png_get_image_width(p, info);
	o->height = png_get_image_height(p, info);
	o->channels = png_get_channels(p, info);
	o->depth = png_get_bit_depth(p, info);
	o->stride = png_get_rowbytes(p, info);
	if ((double)o->stride * o->height > 1e9)
		png_error(p, "too large");
	o->pixels = grown(o->pixels, &o->capacity, o->stride * o->height);
	o->rows = grown(o->rows, &o->row_capacity, sizeof *o->rows * o->height);
	for (png_uint_32 y = 0; y < o->height; y++)
		o->rows[y] = o->pixels + y * o->stride;
	png_read_image(p, o->rows);
	png_read_end(p, NULL);
	png_destroy_read_struct(&p, &info, NULL);
	return 1;
}

static struct input load(const char *name) {
	struct input in = {0};
	FILE *f = fopen(name, "rb");
	if (!f || fseek(f, 0, SEEK_END)) {
		perror(name);
		exit(1);
	}
	in.size = ftell(f);
	rewind(f);
	unsigned char *data = malloc(in.size + 1);
	if (!data || fread(data, 1, in.size, f) != in.size) {
		perror(name);
		exit(1);
	}
	fclose(f);
	in.data = data;
	return in;
}

static void dump(const char *name) {
	struct picture o = {0};
	struct input in = load(name);
	if (decode(in, &o)) {
		printf("%s %u %u %d %d\n", name, o.width, o.height, o.channels, o.depth);
		fwrite(o.pixels, o.stride, o.height, stdout);
	} else {
		printf("%s refused\n", name);
	}
	free((void *)in.data);
	free(o.pixels);
	free(o.rows);
}

static double user_seconds(void) {
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6;
}

static int bench(int n, char **names) {
	struct input *in = calloc(n, sizeof *in);
	struct picture o = {0};
	char line[64];
	for (int i = 0; i < n; i++)
		in[i] = load(names[i]);
	while (fgets(line, sizeof line, stdin)) {
		double pixels = 0, before = user_seconds();
		for (int i = 0; i < n; i++) {
			if (!decode(in[i], &o)) {
				fprintf(stderr, "%s is refused\n", names[i]);
				return 1;
			}
			pixels += (double)o.width * o.height;
		}
		printf("%.6f %.6f\n", pixels / 1e6, user_seconds() - before);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv) {
	if (argc > 2 && !strcmp(argv[1], "bench"))
		return bench(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "dump")) {
		for (int i = 2; i < argc; i++)
			dump(argv[i]);
		return 0;
	}
	fprintf(stderr, "usage: libpng bench|dump FILE…\n");
	return 2;
}
