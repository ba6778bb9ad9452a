/** Conditions of one type in a tree, wherever they stand. Pure. */
import { isNode, type Node } from "../types";

export function nodesOf(root: unknown, type: string): Node[] {
  if (!isNode(root)) return [];
  const within = Array.isArray(root["of"]) ? root["of"] : [root["of"]];
  return [...(root.type === type ? [root] : []), ...within.flatMap((each) => nodesOf(each, type))];
}
