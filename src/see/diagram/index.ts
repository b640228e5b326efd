/** Pictures of conversations: the ladder, as terminal text and as SVG. */
export {
  type Arrow,
  type Datagram,
  datagramLadder,
  type Ladder,
  type LadderOptions,
  ladderOf,
  type Note,
  type Side,
} from './ladder.ts';
export { ladderScene, type SceneOptions } from './ladder-scene.ts';
export type { Role, Scene, SceneBox, SceneCross, SceneItem, SceneLine, SceneText } from './scene.ts';
export { type SvgOptions, svg } from './svg.ts';
export { ladderText, type TerminalOptions } from './terminal.ts';
