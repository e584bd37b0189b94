/** Options of tcpdump and dumpcap that `gapcap capture` doesn't have: what to type in their place. */

/** What is said of an option, by its letter or its long name. */
const hints: Readonly<Record<string, string>> = {
  '-A': "Print contents with 'gapcap capture -w - … | tshark -r - -x'.",
  '-C': "tcpdump's -C 100 is '-b filesize:100000' here.",
  '-E': "Read the file with 'tshark -r' to decrypt it.",
  '-G': "tcpdump's -G 3600 is '-b duration:3600' here; -b interval:3600 begins on the hour.",
  '-H': "Read the file with 'tshark -r' for that.",
  '-I': 'Put the interface into monitor mode first: iw dev IF set type monitor.',
  '-J': "It is '--list-time-stamp-types' here.",
  '-K': "Read the file with 'tshark -r' for that.",
  '-M': "For programs there is 'gapcap interfaces --json'.",
  '-N': 'Leave it out: frames wait in the ring, whose size is -B.',
  '-O': "tcpdump's -O is '--no-optimize' here.",
  '-P': "dumpcap's -P is '-F pcap' here.",
  '-T': "Read the file with 'tshark -r' for that.",
  '-U': 'Leave it out: a file has each frame within a second, a pipe within a fifth of one.',
  '-W': "tcpdump's -W 5 is '-b files:5' here, beside a -b that says when a file ends.",
  '-X': "Print contents with 'gapcap capture -w - … | tshark -r - -x'.",
  '-e': "For link headers read the file with 'tshark -r'.",
  '-j': "It is '--time-stamp-type' here.",
  '-k': 'Set the channel first: iw dev IF set channel N.',
  '-l': 'Leave it out: each line is written at once.',
  '-r': "To read a file: 'gapcap show FILE', 'gapcap gaps FILE', 'gapcap info FILE'.",
  '-t': "For other times write a file and read it with 'gapcap show --time'.",
  '-v': "For more of each frame read the file with 'tshark -r FILE -V'.",
  '-x': "Print contents with 'gapcap capture -w - … | tshark -r - -x'.",
  '-z': "tcpdump's -z is '--postrotate' here.",
  '--immediate-mode': 'Leave it out, or give a short --retire.',
  '--micro': 'Leave it out: times are in nanoseconds always.',
  '--nano': 'Leave it out: times are in nanoseconds always.',
  '--number': "'gapcap show FILE' numbers frames.",
  '--print': "It is 'gapcap capture -w - … | tee FILE | gapcap show -' here.",
  '--time-stamp-precision': 'Leave it out: times are in nanoseconds always.',
};

/** The first letter of several in one word, as in `-nni`. */
const LETTERS = /^-[A-Za-z]/;

/** What to do without an option that tcpdump or dumpcap has; undefined for one that neither has. */
export function foreignOptionHint(option: string): string | undefined {
  const [name] = option.startsWith('--') ? option.split('=') : (LETTERS.exec(option) ?? []);
  return name !== undefined && Object.hasOwn(hints, name) ? hints[name] : undefined;
}
