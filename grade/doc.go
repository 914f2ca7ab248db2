// Package grade finds the one colour transform between two pictures and says how much of their difference it explains.
package grade
