import type { Cls } from './model.ts';
import type { Values } from './values.ts';

const ORMS =
  /^(sequelize|sequelize-typescript|typeorm|mongoose|objection|bookshelf|waterline|@mikro-orm\/.*|@adonisjs\/lucid.*|@typegoose\/.*|ottoman|parse(\/node)?)$/;
const ROW_DECORATORS =
  /^(Entity|Table|ViewEntity|ChildEntity|Embeddable|ObjectType|InputType|ArgsType|InterfaceType|modelOptions|Schema)\b/;

/** Whether instances are rows or messages: as many as there are records, none of which serves the process. */
export function isRow(cls: Cls, values: Values): boolean {
  for (let at: Cls | undefined = cls, i = 0; at && i < 6; i++) {
    if (at.decorators.some((d) => ROW_DECORATORS.test(d))) return true;
    const parents: ReturnType<Values['of']> = at.parentExpr ? values.of(at.unit, at.parentExpr) : [];
    if (parents.some((v) => v.t === 'ext' && ORMS.test(v.module))) return true;
    const own = parents.find((v) => v.t === 'cls');
    at = own?.t === 'cls' && own.cls !== at ? own.cls : undefined;
  }
  return false;
}
