package node

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestDefaultFolders(t *testing.T) {
	for _, c := range []struct {
		goos, home, appData string
		want                Folder
	}{
		{"linux", "/home/u", "", "/home/u/.gero"},
		{"darwin", "/Users/u", "", "/Users/u/Library/Gero"},
		{"windows", "/u", "/u/roaming", "/u/roaming/Gero"},
		{"windows", "/u", "", "/u/AppData/Roaming/Gero"},
	} {
		if got := defaultFolder(c.goos, c.home, c.appData); filepath.ToSlash(string(got)) != string(c.want) {
			t.Errorf("%s: %s, want %s", c.goos, got, c.want)
		}
	}
}

func TestEndpointFollowsTheFolder(t *testing.T) {
	if got := ipcEndpoint("linux", "/d", "/tmp"); got != filepath.Join("/d", "gero.ipc") {
		t.Errorf("endpoint %s, want one in the folder", got)
	}
	long := "/" + strings.Repeat("d", 200)
	got := ipcEndpoint("linux", long, "/tmp")
	if !strings.HasPrefix(got, "/tmp/gero-") || len(got) > maxSocketPath {
		t.Errorf("endpoint %s of a long folder, want a short one in /tmp", got)
	}
	if other := ipcEndpoint("linux", long+"x", "/tmp"); other == got {
		t.Error("two folders have one endpoint")
	}
	if got := ipcEndpoint("windows", "/d", "/tmp"); !strings.HasPrefix(got, `\\.\pipe\gero-`) {
		t.Errorf("endpoint %s, want a named pipe", got)
	}
}

func TestFolderIsForOneAtATime(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "new", "folder"))
	l, err := f.Lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Lock()
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) || !strings.Contains(err.Error(), "--datadir") {
		t.Errorf("second lock: %v, want ErrInUse with the holder and what to do", err)
	}
	l.Release()
	l, err = f.Lock()
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	l.Release()
}

func TestFolderBelongsToOneNetwork(t *testing.T) {
	f := Folder(t.TempDir())
	if got := f.Network(); got != "" {
		t.Errorf("new folder belongs to %q", got)
	}
	for range 2 {
		if err := f.claim("dev"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.claim("betanet"); err == nil || !strings.Contains(err.Error(), "--dev") {
		t.Errorf("another network: %v, want an error that names the flag", err)
	}
	if err := f.claim("othernet"); err == nil {
		t.Error("the folder was claimed twice")
	}
	if got := f.Network(); got != "dev" {
		t.Errorf("folder belongs to %q, want dev", got)
	}
}

func TestFolderOfAnUnknownNetwork(t *testing.T) {
	f := Folder(t.TempDir())
	if err := f.claim("othernet"); err != nil {
		t.Fatal(err)
	}
	if err := f.claim("dev"); err == nil || strings.Contains(err.Error(), "--othernet") || !strings.Contains(err.Error(), "othernet") {
		t.Errorf("got %v, want an error that names the network and no flag that does not exist", err)
	}
}

func TestFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Folder(filepath.Join(file, "d")).Lock(); err == nil || !strings.Contains(err.Error(), "--datadir") {
		t.Errorf("error %v, want one that says what to do", err)
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return // nothing is forbidden to this user
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Folder(closed).Lock(); err == nil || !strings.Contains(err.Error(), "permissions") {
		t.Errorf("error %v, want one that says what to do", err)
	}
}
