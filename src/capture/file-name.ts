/** The names of the files of a rotating capture, as dumpcap makes them. */

/** Digits that a file's number has at least. */
const NUMBER_DIGITS = 5;

/**
 * One file's name: `/a/x.pcapng` becomes `/a/x_00001_20260131235900.pcapng`.
 *
 * The ending of a compressed file stays in one piece (`x.pcapng.gz` → `x_00001_….pcapng.gz`); a dot at
 * the start of the name begins no ending. Names sort by number up to 99,999, and by time.
 *
 * @param path the name that the user gave
 * @param fileNumber from 1
 * @param openedAt goes into the name in local time, as with dumpcap
 */
export function numberedFileName(path: string, fileNumber: number, openedAt: Date): string {
  const nameAt = path.lastIndexOf('/') + 1;
  const name = path.slice(nameAt);
  const ending = /(?<=.)(?:\.[^.]*)?\.gz$|(?<=.)\.[^.]*$/i.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - ending.length);
  const number = String(fileNumber).padStart(NUMBER_DIGITS, '0');
  return `${path.slice(0, nameAt)}${stem}_${number}_${localTime(openedAt)}${ending}`;
}

/** `YYYYMMDDhhmmss`. */
function localTime(time: Date): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return (
    String(time.getFullYear()).padStart(4, '0') +
    two(time.getMonth() + 1) +
    two(time.getDate()) +
    two(time.getHours()) +
    two(time.getMinutes()) +
    two(time.getSeconds())
  );
}
