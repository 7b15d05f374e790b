// Where does memory for one value come from, that is kept for a while, and given up with many others? From the system, and V8
// knows only of some of it.
//
// V8 begins to collect everything as soon as 64 MiB of ArrayBuffers have come since it last did, and then stops the program
// for 5 to 10 ms at a time. A server that writes thousands of objects has so much in one second, though its heap has hardly
// grown. The memory of SharedArrayBuffers is not counted (JSArrayBuffer::PerIsolateAccountingLength): where one value of several
// is counted, V8 begins after as many times 64 MiB, and no more than that waits to be collected.

/** Of so many values one is counted. */
const countedOf = 8;
/** What is larger is always counted. */
const uncountedMax = 4096;

/** A source of memory that shares nothing: what values share would stay as long as the last of them. It may hold anything. */
export function ownMemoryAllocator(): (bytes: number) => Buffer {
  let given = 0;
  return (bytes) => {
    given = (given + 1) % countedOf;
    return bytes > uncountedMax || given === 0
      ? Buffer.allocUnsafeSlow(bytes)
      : Buffer.from(new SharedArrayBuffer(bytes));
  };
}
