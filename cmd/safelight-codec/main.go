// Command safelight-codec is the optional child that loads native image libraries.
package main

func main() {}
