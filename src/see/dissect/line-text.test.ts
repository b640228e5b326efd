/** Records of lines and the text that is written from them, where the memory for records is short. That lines are right is plain.test.ts's. */
import { expect, test } from 'vitest';
import { TextSink } from '../../core/text-sink.ts';
import { type LineRecords, LONGEST_RECORD, putText } from './line-record.ts';
import { LineText } from './line-text.ts';

/** Memory for one record at a time, whose records are written when the next needs the room. */
class Narrow implements LineRecords {
  view: DataView = new DataView(new ArrayBuffer(LONGEST_RECORD));
  at = 0;
  readonly text: TextSink = new TextSink();
  readonly #lines = new LineText();

  reserve(octets: number): void {
    expect(octets).toBeLessThanOrEqual(LONGEST_RECORD);
    if (this.at + octets > LONGEST_RECORD) this.flush();
  }

  flush(): void {
    this.#lines.write(this.text, this.view, 0, this.at, true);
    this.at = 0;
    this.view = new DataView(new ArrayBuffer(LONGEST_RECORD));
  }
}

test('lines of any length go through, with their ends', () => {
  const records = new Narrow();
  const lines = [0, 1, 3, 16_383, 16_384, 16_385, 50_000, 5].map((length) =>
    '0123456789é'.repeat(5_000).slice(0, length),
  );
  for (const line of lines) {
    const text = new TextSink();
    text.add(line);
    putText(records, text);
  }
  records.flush();
  expect(records.text.text()).toBe(lines.map((line) => `${line}\n`).join(''));
});
