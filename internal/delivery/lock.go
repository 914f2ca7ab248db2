package delivery

import (
	"os"
	"syscall"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// lockState keeps other writers, of this process and of others, from changing
// the state file between reading and writing. The kernel gives the lock back
// when a process dies. Readers need none, since the file is replaced as a whole.
func lockState(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file+".lock", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, phrase.Errorf("edge.state.lock", file, cause(err))
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, phrase.Errorf("edge.state.lock", file, err)
	}
	return func() { f.Close() }, nil
}
