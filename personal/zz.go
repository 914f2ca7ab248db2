package personal

var defaultRegions = [...]string{"FR", "GB", "US", "DE"}

func (s *scan) urls()   {}
func (s *scan) groups() {}
func (s *scan) words()  {}
