// Package lpips measures perceptual distance by the features of a network (LPIPS v0.1) on convolutions of its own.
//
// LPIPS is the distance of Zhang, Isola, Efros, Shechtman, Wang: "The Unreasonable Effectiveness of Deep Features as a
// Perceptual Metric" (CVPR 2018), version 0.1 of its authors' code: both pictures go through the convolutions of a
// network trained on photographs; where a stage ends, the features of each pixel are scaled to unit length (equation 1)
// and the squared differences of the channels are weighted, summed, and averaged over the picture. The distance is the
// sum over the stages; 0 is equal, about 0.1 is hard to see, above 0.5 is another picture.
//
// The networks are AlexNet, SqueezeNet 1.1 and VGG16 of torchvision. Their weights come from outside, as tensors by
// name ([New]); nothing of them is part of this package.
//
// How it is computed:
//
//	graph.go    the three networks as lists of layers
//	network.go  weights become panels of 16 output channels
//	conv.go     a convolution without copies: pixels lie channel beside channel, so the inputs of a filter's row are
//	            contiguous and the inner loop reads them where they are
//	engine*.go  the inner loops: AVX-512, AVX2 with FMA, or plain Go
//
// The engines differ in the last bits of a float32; distances agree to 1e-6 and with PyTorch to 1e-5.
package lpips
