import { leakCheck } from '@atlas/testing';
import { specificationOf } from './specification.ts';
import { added, NotEnoughError, spent, wallet, type WalletCommand } from './wallet.fixture.ts';

const specification = specificationOf(wallet);
const spend = (cents: number): WalletCommand => ({ type: 'spend', cents });

describe('given / when / then', () => {
  it('says what is decided, what is not, what is refused, and the state', () => {
    specification.given(added(500)).when(spend(200)).then(spent(200));
    specification.given(added(500)).when(spend(0)).then();
    specification.given(added(500), spent(400)).when(spend(200)).thenRefused(NotEnoughError);
    specification.given().when(spend(1)).thenRefused({ code: 'NOT_ENOUGH' });
    specification.given(added(500)).when(spend(200)).thenState({ cents: 300, moves: 2 });
  });

  it('fails when it is not so', () => {
    const outcome = specification.given(added(500)).when(spend(200));
    expect(() => outcome.then(spent(201))).toThrow();
    expect(() => outcome.then()).toThrow();
    expect(() => outcome.then(spent(200), spent(200))).toThrow();
    expect(() => outcome.thenRefused(NotEnoughError)).toThrow('was to be refused');
    expect(() => outcome.thenState({ cents: 1, moves: 2 })).toThrow();
    expect(() => specification.given().when(spend(1)).then()).toThrow(NotEnoughError);
    expect(() => specification.given().when(spend(1)).thenRefused({ code: 'OTHER' })).toThrow();
    expect(() => specification.given().when(spend(1)).thenRefused(RangeError)).toThrow();
  });

  it('fails when what is decided cannot be folded', () => {
    const careless = specificationOf({
      ...wallet,
      evolve: () => {
        throw new TypeError('what is this?');
      },
    });
    expect(() => careless.given().when({ type: 'add', cents: 1 }).then(added(1))).toThrow('what is this?');
  });
});

leakCheck();
