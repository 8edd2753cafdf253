package io.saenative.format;

import io.saenative.UserError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The stored entries of a mapped zip file, zip64 included, as slices of the mapping: java.util.zip
 * cannot tell where an entry's bytes lie, and copying them is what this is here to avoid.
 * Compressed and encrypted entries are refused when asked for. Layout: PKWARE's APPNOTE.TXT,
 * sections 4.3 to 4.5.
 */
final class ZipEntries {
  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_BYTES = 22;
  private static final long IN_ZIP64 = 0xFFFFFFFFL;

  /** Every line of the directory becomes an object: enough for some 100,000 tensors. */
  private static final long LARGEST_DIRECTORY = 16 << 20;

  private final MappedFile file;
  private final MemorySegment zip;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Set<String> checked = new HashSet<>();

  /** One line of the central directory; {@code header} is where the local header starts. */
  private record Entry(int flags, int method, long crc, long compressed, long size, long header) {}

  /**
   * Reads the central directory.
   *
   * @throws UserError if it is damaged
   */
  ZipEntries(MappedFile file) {
    this.file = file;
    zip = file.bytes();
    try {
      readDirectory();
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw damaged("its directory points outside the file");
    }
  }

  /** In the order of the directory. */
  Set<String> names() {
    return entries.keySet();
  }

  /** The bytes of a stored entry. */
  MemorySegment get(String name) {
    Entry e = entry(name);
    if ((e.flags & 1) != 0 || e.method != 0 || e.compressed != e.size) {
      throw new UserError(
          ("%s: %s is compressed or encrypted inside the zip file, as torch.save never does:"
                  + " save it again with torch.save")
              .formatted(file.path(), MappedFile.printable(name)));
    }
    try {
      if (u32(e.header) != LOCAL_HEADER) {
        throw damaged(name + " does not start where the directory says");
      }
      return zip.asSlice(e.header + 30 + u16(e.header + 26) + u16(e.header + 28), e.size);
    } catch (IndexOutOfBoundsException x) {
      throw damaged(name + " reaches beyond its end");
    }
  }

  /** The bytes of a stored entry, all read and compared with their checksum the first time. */
  MemorySegment getChecked(String name) {
    MemorySegment bytes = get(name);
    if (checked.add(name) && MappedFile.crc32(bytes) != entry(name).crc) {
      throw damaged(name + " does not have the checksum it was written with");
    }
    return bytes;
  }

  private Entry entry(String name) {
    Entry e = entries.get(name);
    if (e == null) {
      throw damaged("it has no entry " + name);
    }
    return e;
  }

  private void readDirectory() {
    long end = findEnd();
    long count = u16(end + 10);
    long size = u32(end + 12);
    long at = u32(end + 16);
    if (end >= 20 && u32(end - 20) == END_64_LOCATOR) {
      long end64 = u64(end - 12);
      if (u32(end64) != END_64) {
        throw damaged("its zip64 end record is not where it should be");
      }
      count = u64(end64 + 32);
      size = u64(end64 + 40);
      at = u64(end64 + 48);
    }
    if (size > LARGEST_DIRECTORY) {
      throw damaged("its directory would have " + size + " bytes");
    }
    zip.asSlice(at, size); // checks both numbers
    for (long i = 0, p = at; i < count; i++) {
      if (p + 46 > at + size || u32(p) != CENTRAL_HEADER) {
        throw damaged("entry " + i + " of its directory is not there");
      }
      int nameLength = u16(p + 28);
      int extraLength = u16(p + 30);
      byte[] name = zip.asSlice(p + 46, nameLength).toArray(ValueLayout.JAVA_BYTE);
      Entry entry = readEntry(p, p + 46 + nameLength, extraLength);
      if (entries.put(new String(name, StandardCharsets.UTF_8), entry) != null) {
        throw damaged("it has two entries of one name");
      }
      p += 46 + nameLength + extraLength + u16(p + 32);
    }
  }

  private Entry readEntry(long p, long extra, int extraLength) {
    long[] numbers = {u32(p + 24), u32(p + 20), u32(p + 42)}; // size, compressed size, header
    for (long x = extra; x + 4 <= extra + extraLength; x += 4 + u16(x + 2)) {
      if (u16(x) == 1) { // zip64: only the numbers that did not fit, in this order
        long field = x + 4;
        for (int i = 0; i < 3; i++) {
          if (numbers[i] == IN_ZIP64) {
            numbers[i] = u64(field);
            field += 8;
          }
        }
      }
    }
    int flags = u16(p + 8);
    int method = u16(p + 10);
    return new Entry(flags, method, u32(p + 16), numbers[1], numbers[0], numbers[2]);
  }

  /** The end record: at the end of the file, before a comment of at most 65,535 bytes. */
  private long findEnd() {
    long last = zip.byteSize() - END_BYTES;
    for (long p = last; p >= 0 && p >= last - 0xFFFF; p--) {
      if (u32(p) == END && p + END_BYTES + u16(p + 20) == zip.byteSize()) {
        return p;
      }
    }
    throw new UserError(
        file.path()
            + " ends early: the directory at the end of the zip file is missing; copy or write it"
            + " again");
  }

  private UserError damaged(String how) {
    return new UserError(
        "%s is a damaged zip file: %s; copy or write it again"
            .formatted(file.path(), MappedFile.printable(how)));
  }

  private int u16(long at) {
    return Short.toUnsignedInt(zip.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
  }

  private long u32(long at) {
    return Integer.toUnsignedLong(zip.get(ValueLayout.JAVA_INT_UNALIGNED, at));
  }

  private long u64(long at) {
    return zip.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }
}
