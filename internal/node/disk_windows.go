package node

import "golang.org/x/sys/windows"

// diskFree returns the bytes that this user may still write on a folder's volume.
func diskFree(folder string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	var free uint64
	return free, windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
}
