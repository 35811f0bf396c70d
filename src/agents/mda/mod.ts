/**
 * The local delivery agents: put messages into drop files and files, and give them to programs.
 *
 * @module
 */
export { createFileAgent, type FileAgentOptions } from "./file_agent.ts";
export { createMda, type MdaOptions } from "./mda.ts";
export type { RobotUser } from "./robot_identity.ts";
export { createRobotAgent, type RobotAgentOptions, type RobotOptions } from "./robots.ts";
