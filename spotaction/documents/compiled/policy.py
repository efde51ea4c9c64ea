"""Made from schemas/policy.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""

from spotaction.documents.compiled import MismatchError

NoneType = type(None)
def validate(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['rules']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if '$schema' in v3:
            v3.remove('$schema')
            v4 = v0['$schema']
            if not isinstance(v4, str):
                raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v5 = v0['description']
            if not isinstance(v5, str):
                raise MismatchError
        if 'rules' in v3:
            v3.remove('rules')
            v6 = v0['rules']
            if not isinstance(v6, list):
                raise MismatchError
            v7 = isinstance(v6, list)
            if v7:
                v8 = len(v6)
                if v8 < 1:
                    raise MismatchError
                for v9, v10 in enumerate(v6):
                    validate____defs_rule(v10)
        if v3:
            raise MismatchError
    return v0
def validate____defs_rule(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = 0
    if v1 < 2:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['deny']) - v0.keys()
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if v1 < 2:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['require']) - v0.keys()
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if v1 != 1:
        raise MismatchError
    v2 = isinstance(v0, dict)
    if v2:
        v3 = set(['name']) - v0.keys()
        if v3:
            raise MismatchError
        v4 = set(v0.keys())
        if 'name' in v4:
            v4.remove('name')
            v5 = v0['name']
            if not isinstance(v5, str):
                raise MismatchError
            if isinstance(v5, str):
                v6 = len(v5)
                if v6 < 1:
                    raise MismatchError
                if v6 > 128:
                    raise MismatchError
        if 'description' in v4:
            v4.remove('description')
            v7 = v0['description']
            if not isinstance(v7, str):
                raise MismatchError
        if 'of' in v4:
            v4.remove('of')
            v8 = v0['of']
            if not (isinstance(v8, str) and v8 == 'act' or (isinstance(v8, str) and v8 == 'plan')):
                raise MismatchError
        if 'deny' in v4:
            v4.remove('deny')
            v9 = v0['deny']
            validate____defs_schema(v9)
        if 'require' in v4:
            v4.remove('require')
            v10 = v0['require']
            validate____defs_schema(v10)
        if 'on' in v4:
            v4.remove('on')
            v11 = v0['on']
            if not isinstance(v11, dict):
                raise MismatchError
            v12 = isinstance(v11, dict)
            if v12:
                v13 = set(v11.keys())
                if 'environments' in v13:
                    v13.remove('environments')
                    v14 = v11['environments']
                    if not isinstance(v14, list):
                        raise MismatchError
                    v15 = isinstance(v14, list)
                    if v15:
                        v16 = len(v14)
                        if v16 < 1:
                            raise MismatchError
                        for v17, v18 in enumerate(v14):
                            if not isinstance(v18, str):
                                raise MismatchError
                if 'strategies' in v13:
                    v13.remove('strategies')
                    v19 = v11['strategies']
                    if not isinstance(v19, list):
                        raise MismatchError
                    v20 = isinstance(v19, list)
                    if v20:
                        v21 = len(v19)
                        if v21 < 1:
                            raise MismatchError
                        for v22, v23 in enumerate(v19):
                            if not (isinstance(v23, str) and v23 == 'basic' or (isinstance(v23, str) and v23 == 'canary') or (isinstance(v23, str) and v23 == 'blue-green')):
                                raise MismatchError
                if v13:
                    raise MismatchError
        if 'message' in v4:
            v4.remove('message')
            v24 = v0['message']
            if not isinstance(v24, str):
                raise MismatchError
            if isinstance(v24, str):
                v25 = len(v24)
                if v25 < 1:
                    raise MismatchError
        if v4:
            raise MismatchError
    return v0
def validate____defs_schema(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    return v0
CHECKS = {'': validate, 'rule': validate____defs_rule, 'schema': validate____defs_schema}
