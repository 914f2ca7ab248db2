// golden makes small JPEGs with libjpeg-turbo and decodes them again: golden.sh says how it is used.
//
//	golden make DIR             writes the files
//	golden decode FILE N        writes the pixels at 1/N to standard output, as libjpeg gives them
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

struct kind {
	const char *name;
	J_COLOR_SPACE in, stored;
	int quality, width, height;
	const char *factors; // h and v of each component
	int progressive, restart, optimize, adobe, jfif, baseline, scans;
};

static const struct kind kinds[] = {
	{"grey", JCS_GRAYSCALE, JCS_GRAYSCALE, 75, 37, 29, "11", 0, 0, 0, 0, 1, 1, 0},
	{"grey-progressive", JCS_GRAYSCALE, JCS_GRAYSCALE, 75, 37, 29, "11", 1, 0, 0, 0, 1, 1, 0},
	{"444", JCS_RGB, JCS_YCbCr, 90, 35, 30, "111111", 0, 0, 0, 0, 1, 1, 0},
	{"422", JCS_RGB, JCS_YCbCr, 85, 35, 30, "211111", 0, 0, 0, 0, 1, 1, 0},
	{"440", JCS_RGB, JCS_YCbCr, 85, 35, 30, "121111", 0, 0, 0, 0, 1, 1, 0},
	{"420", JCS_RGB, JCS_YCbCr, 85, 67, 50, "221111", 0, 0, 0, 0, 1, 1, 0},
	{"420-narrow", JCS_RGB, JCS_YCbCr, 85, 3, 40, "221111", 0, 0, 0, 0, 1, 1, 0},
	{"420-one", JCS_RGB, JCS_YCbCr, 85, 1, 1, "221111", 0, 0, 0, 0, 1, 1, 0},
	{"411", JCS_RGB, JCS_YCbCr, 85, 35, 30, "411111", 0, 0, 0, 0, 1, 1, 0},
	{"410", JCS_RGB, JCS_YCbCr, 85, 35, 30, "421111", 0, 0, 0, 0, 1, 1, 0},
	{"mixed", JCS_RGB, JCS_YCbCr, 85, 35, 30, "222112", 0, 0, 0, 0, 1, 1, 0},
	{"chroma-larger", JCS_RGB, JCS_YCbCr, 85, 35, 30, "112211", 0, 0, 0, 0, 1, 1, 0},
	{"optimized", JCS_RGB, JCS_YCbCr, 60, 50, 40, "221111", 0, 0, 1, 0, 1, 1, 0},
	{"restart", JCS_RGB, JCS_YCbCr, 75, 50, 40, "221111", 0, 1, 0, 0, 1, 1, 0},
	{"quality-1", JCS_RGB, JCS_YCbCr, 1, 50, 40, "221111", 0, 0, 0, 0, 1, 0, 0},
	{"quality-100", JCS_RGB, JCS_YCbCr, 100, 33, 20, "111111", 0, 0, 0, 0, 1, 1, 0},
	{"progressive", JCS_RGB, JCS_YCbCr, 85, 67, 50, "221111", 1, 0, 0, 0, 1, 1, 0},
	{"progressive-restart", JCS_RGB, JCS_YCbCr, 95, 50, 40, "211111", 1, 2, 0, 0, 1, 1, 0},
	{"scans", JCS_RGB, JCS_YCbCr, 85, 50, 40, "221111", 0, 0, 0, 0, 1, 1, 1},
	{"rgb-adobe", JCS_RGB, JCS_RGB, 85, 35, 30, "111111", 0, 0, 0, 1, 0, 1, 0},
	{"rgb-ids", JCS_RGB, JCS_RGB, 85, 35, 30, "111111", 0, 0, 0, 0, 0, 1, 0},
	{"ycc-bare", JCS_RGB, JCS_YCbCr, 85, 35, 30, "221111", 0, 0, 0, 0, 0, 1, 0},
	{"cmyk", JCS_CMYK, JCS_CMYK, 85, 35, 30, "11111111", 0, 0, 0, 0, 0, 1, 0},
	{"cmyk-adobe", JCS_CMYK, JCS_CMYK, 85, 35, 30, "11111111", 0, 0, 0, 1, 0, 1, 0},
	{"ycck", JCS_CMYK, JCS_YCCK, 85, 35, 30, "11111111", 0, 0, 0, 1, 0, 1, 0},
	{"ycck-420", JCS_CMYK, JCS_YCCK, 85, 35, 30, "22111122", 1, 0, 0, 1, 0, 1, 0},
};

// fill makes rows with smooth parts, edges and noise.
static void fill(unsigned char *row, int width, int y, int channels)
{
	static unsigned seed = 1;
	for (int x = 0; x < width; x++)
		for (int c = 0; c < channels; c++) {
			seed = seed * 1103515245 + 12345;
			int v = (x * (3 + c) + y * (5 - c)) % 256;
			if ((x / 9 + y / 7) % 4 == 1) v = seed >> 24;
			if ((x / 9 + y / 7) % 4 == 2) v = x & 2 ? 255 : 0;
			row[x * channels + c] = v;
		}
}

static void make(const struct kind *k, const char *dir)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	char name[512];
	snprintf(name, sizeof name, "%s/%s.jpg", dir, k->name);
	FILE *out = fopen(name, "wb");
	if (!out) { perror(name); exit(1); }
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_stdio_dest(&c, out);
	c.image_width = k->width;
	c.image_height = k->height;
	c.in_color_space = k->in;
	c.input_components = k->in == JCS_GRAYSCALE ? 1 : k->in == JCS_RGB ? 3 : 4;
	jpeg_set_defaults(&c);
	jpeg_set_colorspace(&c, k->stored);
	jpeg_set_quality(&c, k->quality, k->baseline);
	for (int i = 0; i < c.num_components; i++) {
		c.comp_info[i].h_samp_factor = k->factors[2 * i] - '0';
		c.comp_info[i].v_samp_factor = k->factors[2 * i + 1] - '0';
	}
	c.write_JFIF_header = k->jfif;
	c.write_Adobe_marker = k->adobe;
	c.restart_interval = k->restart;
	c.optimize_coding = k->optimize;
	static const jpeg_scan_info scans[] = {{1, {0}, 0, 63, 0, 0}, {2, {1, 2}, 0, 63, 0, 0}};
	if (k->scans) { c.scan_info = scans; c.num_scans = 2; }
	if (k->progressive) jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	unsigned char *row = malloc(k->width * c.input_components);
	while (c.next_scanline < c.image_height) {
		fill(row, k->width, c.next_scanline, c.input_components);
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	fclose(out);
	free(row);
}

static void decode(const char *name, int n)
{
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr err;
	FILE *in = fopen(name, "rb");
	if (!in) { perror(name); exit(1); }
	c.err = jpeg_std_error(&err);
	jpeg_create_decompress(&c);
	jpeg_stdio_src(&c, in);
	jpeg_read_header(&c, TRUE);
	c.scale_num = 1;
	c.scale_denom = n;
	jpeg_start_decompress(&c);
	size_t size = c.output_width * c.output_components;
	unsigned char *row = malloc(size);
	while (c.output_scanline < c.output_height) {
		jpeg_read_scanlines(&c, &row, 1);
		fwrite(row, 1, size, stdout);
	}
	jpeg_finish_decompress(&c);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) make(&kinds[i], argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "decode"))
		decode(argv[2], atoi(argv[3]));
	else
		return 2;
	return 0;
}
