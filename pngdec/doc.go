// Package pngdec decodes PNG files of every kind to the very bytes that libpng gives.
package pngdec
