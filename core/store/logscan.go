package store

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/syndtr/goleveldb/leveldb/util"
)

// The engine's journals and manifests are one format: blocks of 32 KiB that hold chunks of a checksum (4 bytes), a length (2) and a
// kind (1), then the payload. A record is one full chunk, or a first, any middle ones and a last. Fewer than 7 bytes at the end of a
// block are padding.
const (
	logBlock  = 32 << 10
	logHeader = 7

	chunkFull   = 1
	chunkFirst  = 2
	chunkMiddle = 3
	chunkLast   = 4
)

// logDamage says how a log stops being readable.
type logDamage struct {
	at     int64  // the end of the last whole record before the damage
	cut    bool   // the file merely ends, or goes over into zeros, inside a record: what an interrupted append leaves
	buried bool   // a later record begins behind the damage, so that this is no interrupted append
	reason string // for people
}

// scanLog reads a whole log and hands each record to fn, which may be nil; the slice is valid only during the call. It returns the end
// of the last whole record before any damage, and the damage, or nil. The error is one of reading or of fn.
//
// The engine itself either refuses every damaged log, although a power cut leaves one, or skips what it cannot read and goes on behind
// it, which would apply a block without its parent. Hence this scan before the engine opens anything.
func scanLog(r io.Reader, fn func(record []byte) error) (int64, *logDamage, error) {
	s := logScan{fn: fn}
	var buf [logBlock]byte
	for {
		n, err := io.ReadFull(r, buf[:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return s.end, nil, err
		}
		if err := s.block(buf[:n]); err != nil {
			return s.end, nil, err
		}
		if n < logBlock || (s.damage != nil && s.damage.buried) {
			break
		}
		s.base += logBlock
	}
	if s.damage == nil && s.open {
		s.damage = &logDamage{at: s.end, cut: true, reason: "record without an end"}
	}
	return s.end, s.damage, nil
}

type logScan struct {
	fn      func([]byte) error
	base    int64 // offset of the current block
	end     int64
	open    bool // inside a record
	payload []byte
	damage  *logDamage
}

func (s *logScan) block(b []byte) error {
	if s.damage != nil {
		s.damage.cut = s.damage.cut && allZero(b)
		s.search(b)
		return nil
	}
	off := 0
	for ; off+logHeader <= len(b); off += logHeader + chunkLen(b[off:]) {
		kind, reason := readChunk(b[off:])
		switch begins := kind == chunkFull || kind == chunkFirst; {
		case reason != "":
			cut := allZero(b[off:]) || (reason == overflowing && len(b) < logBlock)
			s.damage = &logDamage{at: s.end, cut: cut, reason: reason}
		case s.open && begins:
			s.damage = &logDamage{at: s.end, reason: "record without an end"}
		case !s.open && !begins:
			s.damage = &logDamage{at: s.end, reason: "record without a beginning"}
		}
		if s.damage != nil {
			s.search(b[off:])
			return nil
		}
		if err := s.take(kind, b[off:], s.base+int64(off)); err != nil {
			return err
		}
	}
	if off < len(b) && len(b) < logBlock {
		s.damage = &logDamage{at: s.end, cut: true, reason: "chunk cut short"}
	}
	return nil
}

// take adds a sound chunk to its record.
func (s *logScan) take(kind byte, b []byte, at int64) error {
	body := b[logHeader : logHeader+chunkLen(b)]
	if s.fn != nil {
		if !s.open {
			s.payload = s.payload[:0]
		}
		s.payload = append(s.payload, body...)
	}
	s.open = kind == chunkFirst || kind == chunkMiddle
	if s.open {
		return nil
	}
	s.end = at + logHeader + int64(len(body))
	if s.fn != nil {
		return s.fn(s.payload)
	}
	return nil
}

// search looks for the beginning of a later record. A damaged length leaves no trail to follow, so it tries every offset.
func (s *logScan) search(b []byte) {
	for off := 0; off+logHeader <= len(b); off++ {
		kind, reason := readChunk(b[off:])
		if reason == "" && chunkLen(b[off:]) > 0 && (kind == chunkFull || kind == chunkFirst) {
			s.damage.buried, s.damage.cut = true, false
			return
		}
	}
}

const overflowing = "chunk longer than what follows"

// readChunk returns the kind of the chunk at the start of b, or what is wrong with it.
func readChunk(b []byte) (byte, string) {
	kind, n := b[6], chunkLen(b)
	switch {
	case kind < chunkFull || kind > chunkLast:
		return 0, "chunk of unknown kind"
	case logHeader+n > len(b):
		return 0, overflowing
	case binary.LittleEndian.Uint32(b) != util.NewCRC(b[6:logHeader+n]).Value():
		return 0, "checksum mismatch"
	}
	return kind, ""
}

func chunkLen(b []byte) int { return int(binary.LittleEndian.Uint16(b[4:])) }

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

var errManifestRecord = errors.New("manifest record is malformed")

// manifestFields walks one manifest record: pairs of a tag and a value, each an unsigned varint or a length and bytes. It reports the
// number of the journal that the record makes current, 0 if none, and adds to and removes from the set of live table numbers.
func manifestFields(rec []byte, tables map[int64]struct{}) (journal int64, err error) {
	p := fieldReader{b: rec}
	for len(p.b) > 0 && !p.bad {
		switch p.uvarint() {
		case 1: // comparer
			p.skip()
		case 2:
			journal = int64(p.uvarint())
		case 3, 4, 9: // next file number, sequence number, previous journal
			p.uvarint()
		case 5: // compaction pointer: level, key
			p.uvarint()
			p.skip()
		case 6: // deleted table: level, number
			p.uvarint()
			delete(tables, int64(p.uvarint()))
		case 7: // added table: level, number, size, least and greatest key
			p.uvarint()
			tables[int64(p.uvarint())] = struct{}{}
			p.uvarint()
			p.skip()
			p.skip()
		}
	}
	if p.bad || journal < 0 {
		return 0, errManifestRecord
	}
	return journal, nil
}

type fieldReader struct {
	b   []byte
	bad bool
}

func (p *fieldReader) uvarint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *fieldReader) skip() {
	n := p.uvarint()
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, nil
		return
	}
	p.b = p.b[n:]
}
