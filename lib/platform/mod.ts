export * from './platform.ts';
export { parseInventory, readInventory, type FunctionEntry, type Inventory, type Trigger } from './inventory.ts';
