// libjpeg answers compare's rounds with libjpeg-turbo: each file from memory to packed R'G'B' (grey, CMYK).
//
//	libjpeg [-scale N] FILE…   scales by 1/N
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <jpeglib.h>

struct file { unsigned char *data; unsigned long size; };

static double user(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6;
}

static struct file load(const char *name)
{
	struct file f = {0};
	FILE *in = fopen(name, "rb");
	if (!in) { perror(name); exit(1); }
	fseek(in, 0, SEEK_END);
	f.size = ftell(in);
	rewind(in);
	f.data = malloc(f.size);
	if (fread(f.data, 1, f.size, in) != f.size) { perror(name); exit(1); }
	fclose(in);
	return f;
}

// decode returns the megapixels that the file declares.
static double decode(struct file f, int scale, unsigned char **out, size_t *room)
{
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr err;
	c.err = jpeg_std_error(&err);
	jpeg_create_decompress(&c);
	jpeg_mem_src(&c, f.data, f.size);
	jpeg_read_header(&c, TRUE);
	c.scale_num = 1;
	c.scale_denom = scale;
	jpeg_start_decompress(&c);
	size_t row = (size_t)c.output_width * c.output_components, need = row * c.output_height;
	if (need > *room) { free(*out); *out = malloc(need); *room = need; }
	while (c.output_scanline < c.output_height) {
		JSAMPROW rows[16];
		for (int i = 0; i < 16; i++) rows[i] = *out + row * (c.output_scanline + i);
		int left = c.output_height - c.output_scanline;
		jpeg_read_scanlines(&c, rows, left < 16 ? left : 16);
	}
	double mp = c.image_width * (double)c.image_height / 1e6;
	jpeg_finish_decompress(&c);
	jpeg_destroy_decompress(&c);
	return mp;
}

int main(int argc, char **argv)
{
	int scale = 1, first = 1;
	if (argc > 2 && !strcmp(argv[1], "-scale")) { scale = atoi(argv[2]); first = 3; }
	int n = argc - first;
	struct file *files = calloc(n, sizeof *files);
	for (int i = 0; i < n; i++) files[i] = load(argv[first + i]);
	unsigned char *out = NULL;
	size_t room = 0;
	char line[16];
	while (fgets(line, sizeof line, stdin)) {
		double before = user(), mp = 0;
		for (int i = 0; i < n; i++) mp += decode(files[i], scale, &out, &room);
		printf("%.6f %.6f\n", mp, user() - before);
		fflush(stdout);
	}
	return 0;
}
