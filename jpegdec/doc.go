// Package jpegdec decodes JPEG files to the very bytes that libjpeg-turbo gives.
package jpegdec
