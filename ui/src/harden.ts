/**
 * Freezes `Object.prototype`, so that nothing a guest wrote can change what every object inherits.
 *
 * Tauri's own `freezePrototype` freezes the properties as they are, and then no object may be given a property of the same
 * name any more (`x.toString = …` throws), which the charts do. As getters with a setter that writes onto the object itself
 * they can be, and the prototype is frozen all the same. Must run before any other module.
 */
function freezeObjectPrototype(): void {
  const prototype = Object.prototype;
  for (const [name, { value, writable, configurable }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (!writable || !configurable) continue;
    Object.defineProperty(prototype, name, {
      get: () => value,
      set(this: unknown, own: unknown) {
        if (this === prototype || Object(this) !== this) throw new TypeError(`${name} is frozen`);
        Object.defineProperty(this as object, name, {
          value: own,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      },
      enumerable: false,
      configurable: false,
    });
  }
  Object.freeze(prototype);
}

freezeObjectPrototype();

export {};
