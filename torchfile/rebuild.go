package torchfile

import "fmt"

// kind is a type of numbers; to32 converts one from its little-endian bytes and is nil for whole numbers.
type kind struct {
	name  string
	bytes int64
	to32  func([]byte) float32
}

// The functions that a pickle may call, and the types of storages that it may name: what torch.save writes for tensors
// and parameters, and nothing else.
const (
	orderedDict      global = "collections.OrderedDict"
	rebuildTensor    global = "torch._utils._rebuild_tensor"
	rebuildTensor2   global = "torch._utils._rebuild_tensor_v2"
	rebuildParameter global = "torch._utils._rebuild_parameter"
)

var storageKinds = map[global]kind{
	"torch.FloatStorage":    {"float", 4, fromFloat},
	"torch.HalfStorage":     {"half", 2, fromHalf},
	"torch.BFloat16Storage": {"bfloat16", 2, fromBrain},
	"torch.DoubleStorage":   {"double", 8, fromDouble},
	"torch.LongStorage":     {"int64", 8, nil},
	"torch.IntStorage":      {"int32", 4, nil},
	"torch.ShortStorage":    {"int16", 2, nil},
	"torch.CharStorage":     {"int8", 1, nil},
	"torch.ByteStorage":     {"uint8", 1, nil},
	"torch.BoolStorage":     {"bool", 1, nil},
}

func opGlobal(m *machine) error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	return m.global(module + "." + name)
}

func opStackGlobal(m *machine) error {
	name, err := m.pop()
	if err != nil {
		return err
	}
	module, err := m.pop()
	if err != nil {
		return err
	}
	n, isName := name.(string)
	mod, isModule := module.(string)
	if !isName || !isModule {
		return fmt.Errorf("its pickle names a function by what is no text: %w", ErrFormat)
	}
	return m.global(mod + "." + n)
}

// global is the gate: a name that is not in the tables ends the reading.
func (m *machine) global(name string) error {
	g := global(name)
	switch g {
	case orderedDict, rebuildTensor, rebuildTensor2, rebuildParameter:
	default:
		if _, ok := storageKinds[g]; !ok {
			return fmt.Errorf("its pickle names %.100q, which rebuilds no tensor: %w", name, ErrForbidden)
		}
	}
	m.push(g)
	return nil
}

func opReduce(m *machine) error {
	arguments, err := m.pop()
	if err != nil {
		return err
	}
	function, err := m.pop()
	if err != nil {
		return err
	}
	args, ok := arguments.(tuple)
	if !ok {
		return fmt.Errorf("its pickle calls with what are no arguments: %w", ErrFormat)
	}
	var v any
	switch function {
	case orderedDict:
		v, err = m.newOrderedDict(args)
	case rebuildTensor, rebuildTensor2:
		v, err = newTensor(args)
	case rebuildParameter:
		v, err = parameter(args)
	default:
		err = fmt.Errorf("its pickle calls %.100v: %w", describe(function), ErrForbidden)
	}
	m.push(v)
	return err
}

func describe(v any) any {
	if g, ok := v.(global); ok {
		return g
	}
	return fmt.Sprintf("a %T", v)
}

// newOrderedDict takes nothing or, from Python 2, one list of lists of a key and a value.
func (m *machine) newOrderedDict(args tuple) (*dict, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	l, ok := args[0].(*list)
	if !ok || len(args) > 1 {
		return nil, fmt.Errorf("its dictionary is made of %T: %w", args[0], ErrFormat)
	}
	if err := m.charge(len(l.items)); err != nil { // one list may be copied many times
		return nil, err
	}
	for _, item := range l.items {
		var kv []any
		switch item := item.(type) {
		case *list:
			kv = item.items
		case tuple:
			kv = item
		}
		if len(kv) != 2 {
			return nil, fmt.Errorf("its dictionary is made of a %T: %w", item, ErrFormat)
		}
		d.pairs = append(d.pairs, pair{kv[0], kv[1]})
	}
	return d, nil
}

// parameter is a tensor that training may change, which makes no difference here.
func parameter(args tuple) (*tensor, error) {
	if len(args) > 0 {
		if t, ok := args[0].(*tensor); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("its parameter holds no tensor: %w", ErrFormat)
}

// opBuild gives a dictionary attributes (PyTorch's versions of layers), which are dropped.
func opBuild(m *machine) error {
	if _, err := m.pop(); err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	if _, ok := v.(*dict); !ok {
		return fmt.Errorf("its pickle sets the state of a %T: %w", v, ErrForbidden)
	}
	return nil
}

// opPersistent names a storage: ("storage", type, key, device, count), and in the older container a view of it.
func opPersistent(m *machine) error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	id, _ := v.(tuple)
	if len(id) < 5 || len(id) > 6 || id[0] != any("storage") {
		return fmt.Errorf("its pickle refers to what is no storage: %w", ErrFormat)
	}
	if len(id) == 6 && id[5] != nil {
		return fmt.Errorf("its storages are views of others: save it with a newer PyTorch: %w", ErrUnsupported)
	}
	g, isType := id[1].(global)
	key, isKey := id[2].(string)
	count, isCount := id[4].(int64)
	k, known := storageKinds[g]
	if !isType || !isKey || !isCount || !known || count < 0 || count > m.limits.Bytes/k.bytes {
		return fmt.Errorf("its storage %.80v has %v values of %v: %w", id[2], id[4], id[1], ErrFormat)
	}
	s := m.storages[key]
	if s == nil {
		s = &storage{kind: k, count: count}
		m.storages[key] = s
	} else if s.count != count || s.kind.name != k.name {
		return fmt.Errorf("its storage %.80q has two sizes: %w", key, ErrFormat)
	}
	m.push(s)
	return nil
}
