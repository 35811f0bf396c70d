import { isAbsolutePath } from "../../formats/absolute_path.ts";

/** A directory without a slash at its end; the root keeps its own. */
export function withoutSlash(path: string): string {
  return path.replace(/(?<=[^\\/:])[\\/]+$/, "");
}

/** `name` as it is if it is a whole path, else below `directory`, in the manner of its slashes. */
export function below(directory: string, name: string): string {
  if (isAbsolutePath(name)) return withoutSlash(name);
  const slash = directory.includes("\\") ? "\\" : "/";
  const inside = name.replace(/^\.[\\/]/, "");
  return withoutSlash(directory.replace(/[\\/]$/, "") + slash + inside);
}
