// from web/ui by web/build.mjs, sources 559ce13031939167ea69756d914cbedf4a694ccb493d488826632ddefa32078a

// node_modules/preact/dist/preact.mjs
var n, t, r, u, i, f, o, e, l, c, a, s, h = /* @__PURE__ */ Symbol.for("pv"), p = {}, y = [], v = /^m(i|n|o|s|text|space)$/, w = Array.isArray, d = y.slice, _ = Object.assign;
function g(n3) {
  n3 && n3.parentNode && n3.remove();
}
function k(n3, t5, r4) {
  var u4, i4, f5, o5 = {}, e4 = arguments.length;
  for (f5 in t5) f5 == "key" ? u4 = t5[f5] : f5 == "ref" && typeof n3 != "function" ? i4 = t5[f5] : o5[f5] = t5[f5];
  return e4 > 2 && (o5.children = e4 > 3 ? d.call(arguments, 2) : r4), m(n3, o5, u4, i4, null);
}
function m(r4, u4, i4, f5, o5) {
  var e4 = { type: r4, props: u4, key: i4, ref: f5, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: h, __v: o5 || ++t, __i: -1, __u: 0 };
  return !o5 && n.vnode && n.vnode(e4), e4;
}
function $(n3) {
  return n3.children;
}
function x(n3, t5) {
  this.props = n3, this.context = t5, this.__g = 0;
}
function S(n3, t5) {
  if (t5 == null) return n3.__ && S(n3.__, n3.__i + 1);
  for (var r4; t5 < n3.__k.length; t5++) if ((r4 = n3.__k[t5]) && r4.__e) return r4.__e;
  return typeof n3.type != "function" || n3.props.__P ? null : S(n3);
}
function C(t5) {
  var r4, u4 = t5.__v, i4 = u4.__e, f5 = [], o5 = [], e4 = t5.__P;
  e4 && ((r4 = _({ constructor: h }, u4)).__v = u4.__v + 1, n.vnode && n.vnode(r4), z(e4, r4, u4, t5.__n, e4.namespaceURI, 32 & u4.__u ? [i4] : null, f5, i4 || S(u4), 32 & u4.__u, o5), r4.__v = u4.__v, r4.__.__k[r4.__i] = r4, E(f5, r4, o5), u4.__ = u4.__e = null, r4.__e != i4 && j(r4));
}
function j(n3) {
  if ((n3 = n3.__) && n3.__c && !n3.props.__P) return n3.__e = null, n3.__k.some(function(t5) {
    return t5 && (n3.__e = t5.__e);
  }), j(n3);
}
function L(t5) {
  (8 & t5.__g || (t5.__g |= 8, u.push(t5), f++)) && i == n.debounceRendering || ((i = n.debounceRendering) || queueMicrotask)(H);
}
function H() {
  try {
    for (var n3, t5 = 1; u.length; ) u.length > t5 && u.sort(o), n3 = u.shift(), t5 = u.length, 8 & n3.__g && C(n3);
  } finally {
    (f = u.length) && (i || queueMicrotask)(H);
  }
}
function I(n3, t5, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
  var s5, h5, v4, w5, d5, _4, g5 = u4.__k || y, k4 = t5.length;
  for (l4 = q(r4, t5, g5, l4, k4), s5 = 0; s5 < k4; s5++) (v4 = r4.__k[s5]) != null && (h5 = ~v4.__i && g5[v4.__i] || p, v4.__i = s5, _4 = z(n3, v4, h5, i4, f5, o5, e4, l4, c4, a5), w5 = v4.__e, (h5.ref != v4.ref || 8 & h5.__u) && (h5.ref && G(h5.ref, null, v4, h5), v4.ref && a5.push(v4.ref, v4.__c || w5, v4)), d5 = d5 || w5, 4 & v4.__u ? (l4 = A(v4, l4, n3, !h5.__v), h5.__e && (h5.__e = null)) : typeof v4.type == "function" && _4 !== void 0 ? l4 = _4 : w5 && (l4 = w5.nextSibling), v4.__u &= -21);
  return r4.__e = d5, l4;
}
function q(n3, t5, r4, u4, i4) {
  var f5, o5, e4, l4, c4, a5, s5, p5, y5, v4 = r4.length, d5 = v4, _4 = 0, g5 = 0, k4 = n3.__k = Array(i4);
  for (f5 = 0; f5 < i4; f5++) (o5 = t5[f5]) != null && typeof o5 != "boolean" && typeof o5 != "function" ? (typeof o5 != "object" || o5.constructor === String ? o5 = k4[f5] = m(null, o5) : w(o5) ? o5 = k4[f5] = m($, { children: o5 }) : o5.constructor === h && o5.__b ? o5 = k4[f5] = m(o5.type, o5.props, o5.key, o5.ref, o5.__v) : k4[f5] = o5, l4 = f5 + _4, o5.__ = n3, o5.__b = n3.__b + 1, e4 = null, ~(c4 = o5.__i = P(o5, r4, l4, d5)) && (d5--, (e4 = r4[c4]) && (e4.__u |= 2)), e4 && e4.__v ? (o5.__u |= 16, c4 == l4 - 1 ? _4-- : c4 == l4 + 1 ? _4++ : c4 != l4 && (c4 > l4 ? _4-- : _4++, g5 = 1)) : (~c4 || (i4 > v4 ? _4-- : i4 < v4 && _4++), typeof o5.type != "function" && (o5.__u |= 4))) : k4[f5] = null;
  if (g5) {
    for (a5 = [], s5 = [], f5 = 0; f5 < i4; f5++) if ((o5 = k4[f5]) && 16 & o5.__u) {
      for (_4 = 0, p5 = a5.length; _4 < p5; ) a5[y5 = _4 + p5 >> 1] < o5.__i ? _4 = y5 + 1 : p5 = y5;
      a5[_4] = o5.__i, s5[f5] = _4 + 1;
    }
    for (_4 = a5.length; f5--; ) s5[f5] && (s5[f5] == _4 ? _4-- : k4[f5].__u |= 4);
  }
  if (d5) for (f5 = 0; f5 < v4; f5++) !(e4 = r4[f5]) || 2 & e4.__u || (e4.__e == u4 && (u4 = S(e4)), J(e4, e4));
  return u4;
}
function A(n3, t5, r4, u4) {
  var i4, f5, o5, e4;
  if (typeof n3.type == "function") {
    if (n3.props.__P) return t5;
    if (i4 = n3.__k) for (f5 = 0; f5 < i4.length; f5++) i4[f5] && (i4[f5].__ = n3, t5 = A(i4[f5], t5, r4, !1));
    return t5;
  }
  for (t5 && !t5.parentNode && (t5 = S(n3)) && !t5.parentNode && (t5 = null), o5 = n3.__e, e4 = t5; e4 && e4.nodeType == 8; ) e4 = e4.nextSibling;
  for (o5 != e4 && (!u4 && r4.moveBefore && o5.parentNode ? r4.moveBefore(o5, t5) : r4.insertBefore(o5, t5 || null)), t5 = o5; (t5 = t5 && t5.nextSibling) && t5.nodeType == 8 && !t5.data.startsWith("$s"); ) ;
  return t5;
}
function P(n3, t5, r4, u4) {
  var i4, f5 = n3.key, o5 = n3.type, e4 = t5[r4], l4 = e4 && !(2 & e4.__u);
  if (e4 === null && f5 == null || l4 && f5 == e4.key && o5 == e4.type) return r4;
  if (u4 > (l4 ? 1 : 0)) {
    for (i4 = r4 - 1; i4 >= 0; i4--) if ((e4 = t5[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
    for (i4 = r4 + 1; i4 < t5.length; i4++) if ((e4 = t5[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
  }
  return -1;
}
function T(n3, t5, r4) {
  r4 == null && (r4 = ""), t5[0] == "-" ? n3.setProperty(t5, r4) : n3[t5] = r4;
}
function N(n3, t5, r4, u4, i4) {
  var f5, o5;
  if (t5 == "style") if (typeof r4 == "string") n3.style.cssText = r4;
  else {
    if (typeof u4 == "string" && (n3.style.cssText = u4 = ""), u4) for (t5 in u4) r4 && t5 in r4 || T(n3.style, t5);
    if (r4) for (t5 in r4) u4 && r4[t5] == u4[t5] || T(n3.style, t5, r4[t5]);
  }
  else if (t5[0] == "o" && t5[1] == "n") typeof r4 != "function" && (r4 = null), typeof u4 != "function" && (u4 = null), (n3.__e || (n3.__e = {}))[t5] = r4, r4 && u4 || (o5 = a[t5] || (a[t5] = V(t5)), (n3.__a || (n3.__a = {}))[t5] = c, f5 = t5 != (t5 = t5.replace(l, "$1")), (t5 = t5.slice(2))[0] < "a" && (t5 = t5.toLowerCase()), r4 ? n3.addEventListener(t5, o5, f5) : n3.removeEventListener(t5, o5, f5));
  else {
    if (i4 == "http://www.w3.org/2000/svg") t5 = t5.replace(/xlink(H|:h)/, "h").replace(/sName$/, "s");
    else if (t5 != "width" && t5 != "height" && t5 != "href" && t5 != "list" && t5 != "form" && t5 != "tabIndex" && t5 != "download" && t5 != "rowSpan" && t5 != "colSpan" && t5 != "role" && t5 != "popover" && t5 in n3) try {
      return void (n3[t5] = r4 ?? "");
    } catch {
    }
    if (typeof r4 == "function") return;
    r4 == null || r4 === !1 && t5[4] != "-" ? n3.removeAttribute(t5) : n3.setAttribute(t5, t5 == "popover" && r4 == 1 ? "" : r4);
  }
}
function V(t5) {
  return function(r4) {
    var u4 = this.__e;
    if (u4) {
      if (u4 = u4[t5], r4[e] == null) r4[e] = c++;
      else if (r4[e] < this.__a[t5]) return;
      return u4(n.event ? n.event(r4) : r4);
    }
  };
}
function z(t5, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
  var s5, p5, v4, d5, k4, b3, m5, M2, C3, j3, L2, H2, q2, A4, O2, P2, T4, N2, V2 = r4.type;
  if (r4.constructor !== h) return null;
  128 & u4.__u && (c4 = 32 & u4.__u, s5 = u4.__c.__z) && (r4.__u |= c4, p5 = o5 = [], s5.nodeType == 8 ? l4 = B(s5, o5) : o5.push(s5), l4 = o5[0] || l4), (s5 = n.__b) && s5(r4);
  n: if (typeof V2 == "function") {
    v4 = e4.length;
    try {
      if (M2 = r4.props, C3 = (s5 = V2.prototype) && s5.render, j3 = (s5 = V2.contextType) && i4[s5.__c], L2 = s5 ? j3 ? j3.props.value : s5.__ : i4, (d5 = u4.__c) ? (r4.__c = d5, 2 & d5.__g && (d5.__g |= 1)) : (C3 ? r4.__c = d5 = new V2(M2, L2) : (r4.__c = d5 = new x(M2, L2), d5.constructor = V2, d5.render = K), j3 && j3.sub(d5), d5.state || (d5.state = {}), d5.__n = i4, d5.__g |= 8, d5.__h = [], d5.__k = []), C3 && (d5.__s || (d5.__s = d5.state), V2.getDerivedStateFromProps && (d5.__s == d5.state && (d5.__s = _({}, d5.__s)), _(d5.__s, V2.getDerivedStateFromProps(M2, d5.__s)))), k4 = d5.props, b3 = d5.state, d5.__v = r4, u4.__c) {
        if (M2 !== k4 && C3 && !V2.getDerivedStateFromProps && d5.componentWillReceiveProps && d5.componentWillReceiveProps(M2, L2), r4.__v == u4.__v && !(8 & d5.__g) || !(4 & d5.__g) && d5.shouldComponentUpdate && d5.shouldComponentUpdate(M2, d5.__s, L2) === !1) {
          r4.__v != u4.__v && (d5.props = M2, d5.state = d5.__s, d5.__g &= -9), r4.__e = u4.__e, r4.__k = u4.__k, r4.__k.some(function(n3) {
            n3 && (n3.__ = r4);
          }), y.push.apply(d5.__h, d5.__k), d5.__k = [], d5.__h.length && e4.push(d5), l4 = S(u4);
          break n;
        }
        d5.componentWillUpdate && d5.componentWillUpdate(M2, d5.__s, L2), C3 && d5.componentDidUpdate && d5.__h.push(function() {
          d5.componentDidUpdate(k4, b3, m5);
        });
      } else C3 && !V2.getDerivedStateFromProps && d5.componentWillMount && d5.componentWillMount(), C3 && d5.componentDidMount && d5.__h.push(d5.componentDidMount);
      d5.context = L2, d5.props = M2, d5.__P = t5, d5.__g &= -5, H2 = n.__r, q2 = C3 ? 25 : 0;
      do
        d5.__g &= -9, H2 && H2(r4), s5 = d5.render(d5.props, d5.state = d5.__s, d5.context);
      while (8 & d5.__g && ++q2 < 25);
      C3 && (y.push.apply(d5.__h, d5.__k), d5.__k = []), d5.state = d5.__s, d5.getChildContext && (i4 = _({}, i4, d5.getChildContext())), C3 && u4.__c && d5.getSnapshotBeforeUpdate && (m5 = d5.getSnapshotBeforeUpdate(k4, b3)), A4 = s5 && s5.type === $ && s5.key == null ? s5.props.children : s5, M2.__P && (s5 = l4, f5 = (t5 = M2.__P).namespaceURI, c4 = o5 = null, u4.props && u4.props.__P != t5 && (u4.__k.some(function(n3) {
        n3 && J(n3, n3);
      }), u4.__k = null), l4 = u4.__k ? S(u4, 0) : null), l4 = I(t5, w(A4) ? A4 : [A4], r4, u4, i4, f5, o5, e4, l4, c4, a5), M2.__P && (r4.__e = null, l4 = s5), r4.__u &= -161, p5 && p5.some(g), d5.__h.length && e4.push(d5), 1 & d5.__g && (d5.__g &= -4);
    } catch (t6) {
      if (e4.length = v4, r4.__v = null, c4 || o5) if (t6 && t6.then) {
        if (r4.__u |= 128 | c4, o5) {
          for (~(T4 = o5.indexOf(l4 || void 0)) || (T4 = o5.length); (N2 = o5[T4 - 1]) && N2.nodeType == 8; ) T4--;
          for (; T4 < o5.length; T4++) if (N2 = o5[T4]) if (o5[T4] = null, O2) {
            if (N2 == P2) break;
          } else {
            if (N2.nodeType != 8) break;
            N2.data.startsWith("$s") && (P2 = B(O2 = N2));
          }
        }
        if (!O2) {
          for (; l4 && l4.nodeType == 8 && l4.nextSibling; ) l4 = l4.nextSibling;
          O2 = l4;
        }
        (s5 = B(O2 = r4.__c.__z || (r4.__c.__z = O2))) ? (r4.__e = O2, l4 = s5) : r4.__e = l4, l4 = l4 && l4.nextSibling;
      } else o5 && o5.some(g);
      else r4.__e = u4.__e;
      r4.__k || (r4.__k = u4.__k || []), t6 && t6.then || D(r4), n.__e(t6, r4, u4);
    }
  } else l4 = r4.__e = F(u4.__e, r4, u4, i4, f5, o5, e4, c4, a5, t5);
  return (s5 = n.diffed) && s5(r4), l4;
}
function B(n3, t5) {
  if (n3 && n3.nodeType == 8 && n3.data.startsWith("$s")) for (var r4 = 1; n3 = n3.nextSibling; ) {
    if (n3.nodeType == 8) {
      if (n3.data.startsWith("$s")) r4++;
      else if (n3.data.startsWith("/$s") && !--r4) return n3;
    }
    t5 && t5.push(n3);
  }
}
function D(n3) {
  n3 && (n3.__c && (n3.__c.__g |= 4), n3.__k && n3.__k.some(D));
}
function E(t5, r4, u4) {
  for (var i4 = 0; i4 < u4.length; ) G(u4[i4++], u4[i4++], u4[i4++]);
  n.__c && n.__c(r4, t5), t5.some(function(r5) {
    try {
      t5 = r5.__h, r5.__h = [], t5.some(function(n3) {
        n3.call(r5);
      });
    } catch (t6) {
      n.__e(t6, r5.__v);
    }
  });
}
function F(t5, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
  var s5, h5, y5, _4, k4, b3, m5, M2, $2 = u4.props || p, x3 = r4.props, C3 = r4.type;
  if (C3 == "svg" ? f5 = "http://www.w3.org/2000/svg" : C3 == "math" ? f5 = "http://www.w3.org/1998/Math/MathML" : f5 || (f5 = "http://www.w3.org/1999/xhtml"), o5) {
    for (s5 = 0; s5 < o5.length; s5++) if ((k4 = o5[s5]) && (C3 ? k4.localName == C3 : k4.nodeType == 3)) {
      t5 = k4, o5[s5] = null;
      break;
    }
  }
  if (!t5) {
    if (M2 = a5.ownerDocument || document, !C3) return M2.createTextNode(x3);
    t5 = M2.createElementNS(f5, C3, x3.is ? x3 : a5), l4 && (n.__m && n.__m(r4, o5), l4 = !1), o5 = null;
  }
  if (C3) {
    if (a5 = C3 == "template" && t5.content || t5, o5 = C3 == "textarea" && x3.defaultValue != null ? null : o5 && d.call(a5.childNodes), !l4 && o5) for ($2 = {}, s5 = 0; s5 < t5.attributes.length; s5++) $2[(k4 = t5.attributes[s5]).name] = k4.value;
    for (s5 in $2) k4 = $2[s5], s5 == "dangerouslySetInnerHTML" ? y5 = k4 : s5 == "children" || s5 in x3 || s5 == "value" && "defaultValue" in x3 || s5 == "checked" && "defaultChecked" in x3 || N(t5, s5, null, k4, f5);
    for (s5 in x3) k4 = x3[s5], s5 == "children" ? _4 = k4 : s5 == "dangerouslySetInnerHTML" ? h5 = k4 : s5 == "value" ? b3 = k4 : s5 == "checked" ? m5 = k4 : l4 && typeof k4 != "function" || $2[s5] === k4 || N(t5, s5, k4, $2[s5], f5);
    h5 ? (l4 || y5 && (h5.__html == y5.__html || h5.__html == t5.innerHTML) || (t5.innerHTML = h5.__html), r4.__k = []) : (y5 && (t5.textContent = ""), (C3 == "foreignObject" || f5 == "http://www.w3.org/1998/Math/MathML" && v.test(C3)) && (f5 = "http://www.w3.org/1999/xhtml"), I(a5, w(_4) ? _4 : [_4], r4, u4, i4, f5, o5, e4, o5 ? o5[0] : u4.__k && S(u4, 0), l4, c4), o5 && o5.some(g)), l4 && C3 != "textarea" || (s5 = "value", C3 == "progress" && b3 == null ? t5.removeAttribute(s5) : b3 == null || b3 === t5[s5] && (C3 != "progress" || b3) || N(t5, s5, b3, $2[s5], f5), s5 = "checked", m5 != null && m5 != t5[s5] && N(t5, s5, m5, $2[s5], f5));
  } else $2 === x3 || l4 && t5.data == x3 || (t5.data = x3);
  return t5;
}
function G(t5, r4, u4, i4) {
  try {
    typeof t5 == "function" ? r4 ? r4.__x = t5(r4) || 1 : i4 && (i4 = i4.__c || i4.__e) && (r4 = i4.__x) && (i4.__x = null, typeof r4 == "function" ? r4() : t5(null)) : t5.current = r4;
  } catch (t6) {
    n.__e(t6, u4);
  }
}
function J(t5, r4, u4) {
  var i4, f5, o5, e4;
  if (n.unmount && n.unmount(t5), !(i4 = t5.ref) || i4.current && i4.current != t5.__e || G(i4, null, r4, t5), i4 = t5.__c) {
    if (i4.componentWillUnmount) try {
      i4.componentWillUnmount();
    } catch (t6) {
      n.__e(t6, r4);
    }
    i4.__P = i4.__n = null;
  }
  if (i4 = t5.__k) for (e4 = 0; e4 < i4.length; e4++) i4[e4] && J(i4[e4], r4, typeof t5.type != "function" || u4 && !t5.props.__P);
  !u4 && (i4 = t5.__c) && (i4 = i4.__z) && (f5 = B(i4, o5 = [])) && (i4 == t5.__e && o5.some(g), g(f5), g(i4)), u4 || g(t5.__e), t5.__e = t5.__c = t5.__ = null;
}
function K(n3, t5, r4) {
  return this.constructor(n3, r4);
}
function Q(t5, r4) {
  var u4, i4, f5, o5;
  n.__ && n.__(t5, r4), r4.nodeType == 9 && (r4 = r4.documentElement), i4 = (u4 = t5 && 32 & t5.__u) ? null : r4.__k, r4.__k = m($, { children: [t5] }), f5 = [], o5 = [], z(r4, r4.__k, i4 || p, p, r4.namespaceURI, i4 ? null : r4.firstChild ? d.call(r4.childNodes) : null, f5, i4 ? i4.__e : r4.firstChild, u4, o5), E(f5, r4.__k, o5), r4.__k.props.children = null;
}
n = { __e: function(n3, t5, r4, u4) {
  for (var i4, o5, e4; t5 = t5.__; ) if ((i4 = t5.__c) && !(1 & i4.__g)) {
    i4.__g |= 4;
    try {
      if ((e4 = (o5 = i4.constructor) && o5.getDerivedStateFromError) && i4.setState(o5.getDerivedStateFromError(n3)), i4.componentDidCatch && (i4.componentDidCatch(n3, u4 || {}), e4 = 1), e4 && 8 & i4.__g) return void (i4.__g |= 2);
    } catch (t6) {
      n3 = t6;
    }
  }
  throw f = 0, n3;
} }, t = 0, r = function(n3) {
  return n3 != null && n3.constructor === h;
}, x.prototype.setState = function(n3, t5) {
  var r4 = this.__s;
  r4 && r4 != this.state || (r4 = this.__s = _({}, this.state)), typeof n3 == "function" && (n3 = n3(_({}, r4), this.props)), n3 && (_(r4, n3), this.__v && (t5 && this.__k.push(t5), L(this)));
}, x.prototype.forceUpdate = function(n3) {
  this.__v && (this.__g |= 4, n3 && this.__h.push(n3), L(this));
}, x.prototype.render = $, u = [], f = 0, o = function(n3, t5) {
  return n3.__v.__b - t5.__v.__b;
}, e = /* @__PURE__ */ Symbol(), l = /(PointerCapture)$|Capture$/i, c = 0, a = {}, s = 0;

// node_modules/preact/hooks/dist/hooks.mjs
var t2, r2, u2, i2, o2 = Object.is, f2 = 0, c2 = [], e2 = [], a2 = n, v2 = a2.__b, l2 = a2.__r, m2 = a2.diffed, h2 = a2.__c, s2 = a2.unmount, p2 = a2.__;
function y2(n3, t5) {
  a2.__h && a2.__h(r2, n3, f2 || t5), f2 = 0;
  var u4 = r2.__H || (r2.__H = { __: [], __h: [] });
  return n3 >= u4.__.length && u4.__.push({}), u4.__[n3];
}
function d2(n3) {
  return f2 = 1, _2(G2, n3);
}
function _2(n3, u4, i4) {
  var f5 = y2(t2++, 2);
  if (f5.t = n3, !f5.__c && (f5.__ = [i4 ? i4(u4) : G2(void 0, u4), function(n4) {
    var t5 = (f5.__N || f5.__)[0], r4 = f5.t(t5, n4);
    o2(t5, r4) || (f5.__N = [r4, f5.__[1]], f5.__c.setState({}));
  }], f5.__c = r2, !r2.__f)) {
    r2.__f = !0;
    var c4 = r2.shouldComponentUpdate;
    r2.shouldComponentUpdate = function(n4, t5, r4) {
      var u5 = this.__H;
      if (!u5) return !0;
      var i5 = !1, f6 = this.props != n4;
      if (u5.__.some(function(n5) {
        n5.__N && (i5 = !0, o2(n5.__[0], n5.__N[0]) || (f6 = !0));
      }), c4) {
        var e4 = c4.call(this, n4, t5, r4);
        return i5 ? e4 || f6 : e4;
      }
      return !i5 || f6;
    };
  }
  return f5.__;
}
function A2(n3, u4) {
  var i4 = y2(t2++, 3);
  !a2.__s && E2(i4.__H, u4) && (i4.__P = !0, i4.__ = n3, i4.u = u4, r2.__H.__h.push(i4));
}
function F2(n3, u4) {
  var i4 = y2(t2++, 4);
  !a2.__s && E2(i4.__H, u4) && (i4.__P = !1, i4.__ = n3, i4.u = u4, r2.__h.push(i4));
}
function T2(n3) {
  return f2 = 5, w2(function() {
    return { current: n3 };
  }, []);
}
function w2(n3, r4) {
  var u4 = y2(t2++, 7);
  return E2(u4.__H, r4) && (u4.__ = n3(), u4.__H = r4), u4.__;
}
function g2() {
  var n3;
  do {
    for (; n3 = e2.shift(); ) try {
      C2(n3);
    } catch (t6) {
      a2.__e(t6, { __: (n3 = n3.__P) && n3.__v });
    }
    for (; n3 = c2.shift(); ) {
      var t5 = n3.__H;
      if (n3.__P && t5) try {
        t5.__h.some(C2), t5.__h.some(D2), t5.__h = [];
      } catch (r4) {
        t5.__h = [], a2.__e(r4, n3.__v);
      }
    }
  } while (e2.length);
}
a2.__b = function(n3) {
  r2 = null, v2 && v2(n3);
}, a2.__ = function(n3, t5) {
  n3 && t5.__k && t5.__k.__m && (n3.__m = t5.__k.__m), p2 && p2(n3, t5);
}, a2.__r = function(n3) {
  l2 && l2(n3), t2 = 0;
  var i4 = (r2 = n3.__c).__H;
  i4 && (u2 == r2 ? r2.__h = [] : (i4.__h.some(C2), i4.__h.some(D2), t2 = 0), i4.__h = [], i4.__.some(function(n4) {
    n4.__N && (n4.__ = n4.__N), n4.u = n4.__N = void 0;
  })), u2 = r2;
}, a2.diffed = function(n3) {
  m2 && m2(n3);
  var t5 = n3.__c;
  t5 && t5.__H && (t5.__H.__h.length && B2(c2.push(t5)), t5.__H.__.some(function(n4) {
    n4.u && (n4.__H = n4.u);
  })), u2 = r2 = null;
}, a2.__c = function(n3, t5) {
  t5.some(function(n4) {
    try {
      n4.__h.some(C2), n4.__h = n4.__h.filter(function(n5) {
        return !n5.__ || D2(n5);
      });
    } catch (t6) {
      n4.__h = [function() {
        throw t6;
      }];
    }
  }), h2 && h2(n3, t5);
}, a2.unmount = function(n3) {
  s2 && s2(n3);
  var t5, r4, u4 = n3.__c;
  u4 && u4.__H && (u4.__H.__.some(function(u5) {
    try {
      if (u5.__P && u5.__c) {
        if (r4 === void 0) {
          for (r4 = n3.__; r4 && (!r4.__c || !r4.__c.__P); ) r4 = r4.__;
          r4 = r4 && r4.__c;
        }
        u5.__P = r4, B2(e2.push(u5));
      } else C2(u5);
    } catch (n4) {
      t5 = n4;
    }
  }), u4.__H = void 0, t5 && a2.__e(t5, u4.__v));
};
var k2 = typeof requestAnimationFrame == "function";
function z2(n3) {
  var t5, r4 = function() {
    clearTimeout(u4), k2 && cancelAnimationFrame(t5), setTimeout(n3);
  }, u4 = setTimeout(r4, 35);
  k2 && (t5 = requestAnimationFrame(r4));
}
function B2(n3) {
  n3 != 1 && i2 == a2.requestAnimationFrame || ((i2 = a2.requestAnimationFrame) || z2)(g2);
}
function C2(n3) {
  var t5 = r2, u4 = n3.__c;
  typeof u4 == "function" && (n3.__c = void 0, u4()), r2 = t5;
}
function D2(n3) {
  var t5 = r2;
  n3.__c = n3.__(), r2 = t5;
}
function E2(n3, t5) {
  return !n3 || n3.length != t5.length || t5.some(function(t6, r4) {
    return !o2(t6, n3[r4]);
  });
}
function G2(n3, t5) {
  return typeof t5 == "function" ? t5(n3) : t5;
}

// node_modules/@preact/signals-core/dist/signals-core.module.js
var i3 = /* @__PURE__ */ Symbol.for("preact-signals");
function t3() {
  if (v3 > 1)
    v3--;
  else {
    var i4, t5 = !1;
    for ((function() {
      var i5 = c3;
      for (c3 = void 0; i5 !== void 0; ) {
        var t6 = i5.S;
        if (t6.v === i5.v) for (var r5 = t6.t; r5 !== void 0; r5 = r5.x) r5.i === i5.i && (r5.i = t6.i);
        i5 = i5.o;
      }
    })(); h3 !== void 0; ) {
      var r4 = h3;
      for (h3 = void 0, s3++; r4 !== void 0; ) {
        var n3 = r4.u;
        if (r4.u = void 0, r4.f &= -3, !(8 & r4.f) && w3(r4)) try {
          r4.c();
        } catch (r5) {
          t5 || (i4 = r5, t5 = !0);
        }
        r4 = n3;
      }
    }
    if (s3 = 0, v3--, t5) throw i4;
  }
}
function r3(i4) {
  if (v3 > 0) return i4();
  u3 = ++e3, v3++;
  try {
    return i4();
  } finally {
    t3();
  }
}
var n2, o3 = void 0;
function f3(i4) {
  var t5 = o3, r4 = n2;
  o3 = void 0, n2 = void 0;
  try {
    return i4();
  } finally {
    o3 = t5, n2 = r4;
  }
}
var h3 = void 0, v3 = 0, s3 = 0, e3 = 0, u3 = 0, c3 = void 0, a3 = 0;
function d3(i4) {
  if (o3 !== void 0) {
    var t5 = i4.n;
    if (t5 === void 0 || t5.t !== o3)
      return t5 = { i: 0, S: i4, p: o3.s, n: void 0, t: o3, e: void 0, x: void 0, r: t5 }, o3.s !== void 0 && (o3.s.n = t5), o3.s = t5, i4.n = t5, 32 & o3.f && i4.S(t5), t5;
    if (t5.i === -1)
      return t5.i = 0, t5.n !== void 0 && (t5.n.p = t5.p, t5.p !== void 0 && (t5.p.n = t5.n), t5.p = o3.s, t5.n = void 0, o3.s.n = t5, o3.s = t5), t5;
  }
}
function l3(i4, t5) {
  this.v = i4, this.i = 0, this.n = void 0, this.t = void 0, this.l = 0, this.W = t5?.watched, this.Z = t5?.unwatched, this.name = t5?.name;
}
l3.prototype.brand = i3;
l3.prototype.h = function() {
  return !0;
};
l3.prototype.S = function(i4) {
  var t5 = this, r4 = this.t;
  r4 !== i4 && i4.e === void 0 && (i4.x = r4, this.t = i4, r4 !== void 0 ? r4.e = i4 : f3(function() {
    var i5;
    (i5 = t5.W) == null || i5.call(t5);
  }));
};
l3.prototype.U = function(i4) {
  var t5 = this;
  if (this.t !== void 0) {
    var r4 = i4.e, n3 = i4.x;
    r4 !== void 0 && (r4.x = n3, i4.e = void 0), n3 !== void 0 && (n3.e = r4, i4.x = void 0), i4 === this.t && (this.t = n3, n3 === void 0 && f3(function() {
      var i5;
      (i5 = t5.Z) == null || i5.call(t5);
    }));
  }
};
l3.prototype.subscribe = function(i4) {
  var t5 = this;
  return x2(function() {
    var r4 = t5.value;
    f3(function() {
      return i4(r4);
    });
  }, { name: "sub" });
};
l3.prototype.valueOf = function() {
  return this.value;
};
l3.prototype.toString = function() {
  return this.value + "";
};
l3.prototype.toJSON = function() {
  return this.value;
};
l3.prototype.peek = function() {
  var i4 = this;
  return f3(function() {
    return i4.value;
  });
};
Object.defineProperty(l3.prototype, "value", { get: function() {
  var i4 = d3(this);
  return i4 !== void 0 && (i4.i = this.i), this.v;
}, set: function(i4) {
  if (i4 !== this.v) {
    if (s3 > 100) throw new Error("Cycle detected");
    (function(i5) {
      v3 !== 0 && s3 === 0 && i5.l !== u3 && (i5.l = u3, c3 = { S: i5, v: i5.v, i: i5.i, o: c3 });
    })(this), this.v = i4, this.i++, a3++, v3++;
    try {
      for (var r4 = this.t; r4 !== void 0; r4 = r4.x) r4.t.N();
    } finally {
      t3();
    }
  }
} });
function y3(i4, t5) {
  return new l3(i4, t5);
}
function w3(i4) {
  for (var t5 = i4.s; t5 !== void 0; t5 = t5.n) if (t5.S.i !== t5.i || !t5.S.h() || t5.S.i !== t5.i) return !0;
  return !1;
}
function b(i4) {
  for (var t5 = i4.s; t5 !== void 0; t5 = t5.n) {
    var r4 = t5.S.n;
    if (r4 !== void 0 && (t5.r = r4), t5.S.n = t5, t5.i = -1, t5.n === void 0) {
      i4.s = t5;
      break;
    }
  }
}
function _3(i4) {
  for (var t5 = i4.s, r4 = void 0; t5 !== void 0; ) {
    var n3 = t5.p;
    t5.i === -1 ? (t5.S.U(t5), n3 !== void 0 && (n3.n = t5.n), t5.n !== void 0 && (t5.n.p = n3)) : r4 = t5, t5.S.n = t5.r, t5.r !== void 0 && (t5.r = void 0), t5 = n3;
  }
  i4.s = r4;
}
function j2(i4, t5) {
  l3.call(this, void 0, t5), this.x = i4, this.s = void 0, this.g = a3 - 1, this.f = 4;
}
j2.prototype = new l3();
j2.prototype.h = function() {
  if (this.f &= -3, 1 & this.f) return !1;
  if ((36 & this.f) == 32 || (this.f &= -5, this.g === a3)) return !0;
  if (this.g = a3, this.f |= 1, this.i > 0 && !w3(this))
    return this.f &= -2, !0;
  var i4 = o3;
  try {
    b(this), o3 = this;
    var t5 = this.x();
    (16 & this.f || this.v !== t5 || this.i === 0) && (this.v = t5, this.f &= -17, this.i++);
  } catch (i5) {
    this.v = i5, this.f |= 16, this.i++;
  }
  return o3 = i4, _3(this), this.f &= -2, !0;
};
j2.prototype.S = function(i4) {
  if (this.t === void 0) {
    this.f |= 36;
    for (var t5 = this.s; t5 !== void 0; t5 = t5.n) t5.S.S(t5);
  }
  l3.prototype.S.call(this, i4);
};
j2.prototype.U = function(i4) {
  if (this.t !== void 0 && (l3.prototype.U.call(this, i4), this.t === void 0)) {
    this.f &= -33;
    for (var t5 = this.s; t5 !== void 0; t5 = t5.n) t5.S.U(t5);
  }
};
j2.prototype.N = function() {
  if (!(2 & this.f)) {
    this.f |= 6;
    for (var i4 = this.t; i4 !== void 0; i4 = i4.x) i4.t.N();
  }
};
Object.defineProperty(j2.prototype, "value", { get: function() {
  if (1 & this.f) throw new Error("Cycle detected");
  var i4 = d3(this);
  if (this.h(), i4 !== void 0 && (i4.i = this.i), 16 & this.f) throw this.v;
  return this.v;
} });
function O(i4, t5) {
  return new j2(i4, t5);
}
function p3(i4) {
  var r4 = i4.j;
  if (i4.j = void 0, typeof r4 == "function") {
    v3++;
    var n3 = o3;
    o3 = void 0;
    try {
      r4();
    } catch (t5) {
      throw i4.f &= -2, i4.f |= 8, g3(i4), t5;
    } finally {
      o3 = n3, t3();
    }
  }
}
function g3(i4) {
  for (var t5 = i4.s; t5 !== void 0; t5 = t5.n) t5.S.U(t5);
  i4.x = void 0, i4.s = void 0, p3(i4);
}
function S2(i4) {
  if (o3 !== this) throw new Error("Out-of-order effect");
  _3(this), o3 = i4, this.f &= -2;
  try {
    8 & this.f && g3(this);
  } finally {
    t3();
  }
}
function m3(i4, t5) {
  this.x = i4, this.j = void 0, this.s = void 0, this.u = void 0, this.f = 32, this.name = t5?.name, n2 && n2.push(this);
}
m3.prototype.c = function() {
  var i4 = this.S();
  try {
    if (8 & this.f || this.x === void 0) return;
    var t5 = this.x();
    typeof t5 == "function" && (this.j = t5);
  } finally {
    i4();
  }
};
m3.prototype.S = function() {
  if (1 & this.f) throw new Error("Cycle detected");
  this.f |= 1, this.f &= -9, p3(this), b(this), v3++;
  var i4 = o3;
  return o3 = this, S2.bind(this, i4);
};
m3.prototype.N = function() {
  2 & this.f || (this.f |= 2, this.u = h3, h3 = this);
};
m3.prototype.d = function() {
  this.f |= 8, 1 & this.f || g3(this);
};
m3.prototype.dispose = function() {
  this.d();
};
function x2(i4, t5) {
  var r4 = new m3(i4, t5);
  try {
    r4.c();
  } catch (i5) {
    throw r4.d(), i5;
  }
  var n3 = r4.d.bind(r4);
  return n3[Symbol.dispose] = n3, n3;
}

// node_modules/@preact/signals/dist/signals.module.js
var h4, d4, p4, m4 = typeof window < "u" && !!window.__PREACT_SIGNALS_DEVTOOLS__;
var g4 = [];
x2(function() {
  h4 = this.N;
})();
function b2(i4, n3) {
  n[i4] = n3.bind(null, n[i4] || function() {
  });
}
function y4(i4) {
  if (p4) {
    var n3 = p4;
    p4 = void 0, n3();
  }
  p4 = i4 && i4.S();
}
function w4(i4) {
  var n3 = this, r4 = i4.data, t5 = useSignal(r4);
  t5.name = "ReactiveDom", t5.value = r4;
  var e4 = w2(function() {
    for (var i5 = n3, r5 = n3.__v; r5 = r5.__; ) if (r5.__c) {
      r5.__c.__$f |= 4;
      break;
    }
    var o5 = O(function() {
      var i6 = t5.value.value;
      return i6 === 0 ? 0 : i6 === !0 ? "" : i6 || "";
    }), e5 = O(function() {
      return !Array.isArray(o5.value) && !r(o5.value);
    }), u5 = x2(function() {
      if (this.N = M, e5.value) {
        var n4 = o5.value;
        i5.__v && i5.__v.__e && i5.__v.__e.nodeType === 3 && (i5.__v.__e.data = n4);
      }
    }), c5 = n3.__$u.d;
    return n3.__$u.d = function() {
      u5(), c5.call(this);
    }, [e5, o5];
  }, []), u4 = e4[0], c4 = e4[1];
  return u4.value ? c4.peek() : c4.value;
}
w4.displayName = "ReactiveTextNode";
Object.defineProperties(l3.prototype, { constructor: { configurable: !0, value: k($, null).constructor }, type: { configurable: !0, value: w4 }, props: { configurable: !0, get: function() {
  var i4 = this;
  return { data: { get value() {
    return i4.value;
  } } };
} }, __b: { configurable: !0, value: 1 } });
b2("__b", function(i4, n3) {
  if (y4(), d4 = void 0, typeof n3.type == "string") {
    var r4, t5 = n3.props;
    for (var f5 in t5) if (f5 !== "children") {
      var o5 = t5[f5];
      o5 instanceof l3 && (r4 || (n3.__np = r4 = {}), r4[f5] = o5, t5[f5] = o5.peek());
    }
  }
  i4(n3);
});
b2("__r", function(i4, r4) {
  if (i4(r4), r4.type !== $) {
    y4();
    var t5, f5 = r4.__c;
    f5 && (f5.__$f &= -2, (t5 = f5.__$u) === void 0 && (f5.__$u = t5 = (function(i5, n3) {
      var r5;
      return x2(function() {
        r5 = this;
      }, { name: n3 }), r5.c = i5, r5;
    })(/* @__PURE__ */ (function(i5) {
      return function() {
        var n3;
        m4 && ((n3 = this.y) == null || n3.call(this)), i5.__$f |= 1, i5.setState({});
      };
    })(f5), typeof r4.type == "function" ? r4.type.displayName || r4.type.name : ""))), d4 = f5, y4(t5);
  }
});
b2("__e", function(i4, n3, r4, t5) {
  y4(), d4 = void 0, i4(n3, r4, t5);
});
b2("diffed", function(i4, n3) {
  y4(), d4 = void 0;
  var r4;
  if (typeof n3.type == "string" && (r4 = n3.__e)) {
    var t5 = n3.__np, f5 = n3.props, o5 = r4.U;
    if (o5) for (var e4 in o5) {
      var u4 = o5[e4];
      u4 === void 0 || t5 && e4 in t5 || (u4.d(), o5[e4] = void 0);
    }
    if (t5) {
      o5 || (o5 = {}, r4.U = o5);
      for (var a5 in t5) {
        var c4 = o5[a5], v4 = t5[a5];
        c4 === void 0 ? (c4 = k3(r4, a5, v4, f5), o5[a5] = c4) : c4.o(v4, f5);
      }
    }
  }
  i4(n3);
});
function k3(i4, n3, r4, t5) {
  var f5 = n3 in i4 && i4.ownerSVGElement === void 0, o5 = y3(r4);
  return { o: function(i5, n4) {
    o5.value = i5, t5 = n4;
  }, d: x2(function() {
    this.N = M;
    var r5 = o5.value.value;
    t5[n3] !== r5 && (t5[n3] = r5, f5 ? i4[n3] = r5 : r5 != null && (r5 !== !1 || n3[4] === "-") ? i4.setAttribute(n3, r5) : i4.removeAttribute(n3));
  }) };
}
b2("unmount", function(i4, n3) {
  if (typeof n3.type == "string") {
    var r4 = n3.__e;
    if (r4) {
      var t5 = r4.U;
      if (t5) {
        r4.U = void 0;
        for (var f5 in t5) {
          var o5 = t5[f5];
          o5 && o5.d();
        }
      }
    }
    var e4 = n3.__np;
    if (e4) {
      var u4 = n3.props;
      for (var a5 in e4) u4[a5] = e4[a5];
    }
    n3.__np = void 0;
  } else {
    var c4 = n3.__c;
    if (c4) {
      c4.__$f |= 8;
      var v4 = c4.__$u;
      v4 && (c4.__$u = void 0, v4.d());
    }
  }
  i4(n3);
});
b2("__h", function(i4, n3, r4, t5) {
  t5 < 3 && (n3.__$f |= 2), i4(n3, r4, t5);
});
x.prototype.shouldComponentUpdate = function(i4, n3) {
  if (this.__R) return !0;
  var r4 = this.__$u, t5 = r4 && r4.s !== void 0;
  for (var f5 in n3) return !0;
  if (this.__f || typeof this.u == "boolean" && this.u === !0) {
    var o5 = 2 & this.__$f;
    if (!(t5 || o5 || 4 & this.__$f) || 1 & this.__$f) return !0;
  } else if (!(t5 || 4 & this.__$f) || 3 & this.__$f) return !0;
  for (var e4 in i4) if (e4 !== "__source" && i4[e4] !== this.props[e4]) return !0;
  for (var u4 in this.props) if (!(u4 in i4)) return !0;
  return !1;
};
function useSignal(i4, n3) {
  return w2(function() {
    return y3(i4, n3);
  }, []);
}
function useComputed(i4, n3) {
  var r4 = T2(i4);
  return r4.current = i4, d4.__$f |= 4, w2(function() {
    return O(function() {
      return r4.current();
    }, n3);
  }, []);
}
var A3 = function(i4) {
  queueMicrotask(function() {
    queueMicrotask(i4);
  });
};
function F3() {
  r3(function() {
    for (var i4; i4 = g4.shift(); ) h4.call(i4);
  });
}
function M() {
  g4.push(this) === 1 && (n.requestAnimationFrame || A3)(F3);
}

// ui/file.ts
function parsed(text2) {
  let held2 = JSON.parse(text2);
  return held2.format === "retold-page/1" ? held2 : null;
}
function read() {
  let node = typeof document > "u" ? null : document.getElementById("retold");
  return node === null || node.getAttribute("type") !== "application/json" ? null : parsed(node.textContent ?? "");
}
var BEGIN = '<script type="application/json" id="retold">';
function dataIn(file) {
  let begin3 = file.indexOf(BEGIN), end = file.indexOf("<", begin3 + BEGIN.length);
  return begin3 < 0 || end < 0 ? null : parsed(file.slice(begin3 + BEGIN.length, end));
}
var held = read();
function answerOf(data, address2) {
  let [path = "", search = ""] = address2.split("?"), query = new URLSearchParams(search), number2 = (name, otherwise) => query.has(name) ? Number(query.get(name)) : otherwise;
  if (path === "/search.json") return found(data, query.get("q") ?? "");
  let rest = /^\/s\/[^/]+?(\.json|\/.*)$/.exec(path)?.[1], last = data.head.revisions, basis = { ...data.head, state: void 0 }, named = (what) => {
    let found2 = new RegExp(`^/${what}/(\\d+)\\.json$`).exec(rest ?? "")?.[1];
    return found2 === void 0 ? void 0 : Number(found2);
  };
  switch (rest) {
    case ".json":
      return data.head;
    case "/patches.json": {
      let from = number2("from", 0), to = Math.min(number2("to", last), last);
      return { ...basis, rows: data.steps.slice(from, to), from, through: to };
    }
    case "/events.json": {
      let from = number2("from", 1);
      return { ...basis, rows: data.rows.slice(from - 1, from - 1 + number2("n", 200)) };
    }
    case "/conversation.json": {
      let before = number2("before", last);
      return (query.has("after") ? data.conversation.find((known) => known.from >= number2("after", 0)) : data.conversation.find((known) => known.from < before && before <= known.to)) ?? data.conversation.at(-1);
    }
  }
  let tile = named("tiles");
  if (tile !== void 0) return { ...basis, tile: data.tiles[tile] };
  let event = named("events");
  if (event !== void 0) return { ...basis, event: data.events[event - 1] };
  let output = named("output");
  if (output !== void 0) {
    let at = Number(query.get("at")?.slice(1) ?? last), text2 = outputAt(data.outputs[output] ?? [], at);
    return { ...basis, revision: at, from: 0, total: new TextEncoder().encode(text2).length, text: text2 };
  }
}
function outputAt(pieces, revision) {
  let text2 = "";
  for (let [at, more2, isWhole] of pieces) {
    if (at > revision) break;
    text2 = isWhole ? more2 : text2 + more2;
  }
  return text2;
}
function said(entry) {
  switch (entry.entry) {
    case "message":
    case "thinking":
    case "output":
      return entry.text.head;
    case "call":
      return `${entry.name} ${entry.input.head} ${entry.returned?.output.head ?? ""}`;
    default:
      return "";
  }
}
function found(data, query) {
  let words2 = query.replace(/\*$/, "").toLowerCase(), rows = [];
  for (let page of data.conversation)
    for (let turn of page.rows)
      for (let entry of turn.entries) {
        let text2 = said(entry), at = words2 === "" ? -1 : text2.toLowerCase().indexOf(words2);
        if (at < 0) continue;
        let from = Math.max(0, at - 24);
        rows.push({
          name: data.head.session,
          position: entry.position,
          revision: entry.revision,
          occurred_at: 0,
          what: entry.entry,
          role: entry.entry === "message" ? entry.role : null,
          agent: entry.speaker?.name ?? null,
          type: "",
          status: "",
          is_pruned: !1,
          snippet: [
            [`${from > 0 ? "…" : ""}${text2.slice(from, at)}`, !1],
            [text2.slice(at, at + words2.length), !0],
            [text2.slice(at + words2.length, at + words2.length + 160), !1]
          ]
        });
      }
  return { rows, found: rows.length, facets: {} };
}

// ui/address.ts
function read2() {
  return held !== null ? { path: sessionPath(held.head.session.full), query: new URLSearchParams(location.hash.slice(1)) } : { path: location.pathname, query: new URLSearchParams(location.search) };
}
var address = y3(read2());
addEventListener("popstate", () => {
  address.value = read2();
});
function go(to, how = "push") {
  if (held !== null) {
    put(to), address.value = read2();
    return;
  }
  how === "push" ? history.pushState(null, "", to) : history.replaceState(null, "", to), address.value = read2();
}
function put(to) {
  try {
    history.replaceState(null, "", `#${to.split("?")[1] ?? ""}`);
  } catch {
  }
}
var settling;
function settle(to) {
  clearTimeout(settling), settling = setTimeout(() => {
    if (held !== null) {
      put(to);
      return;
    }
    history.replaceState(null, "", to);
  }, 300);
}
function part(text2) {
  return encodeURIComponent(text2).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`).replace(/\.json$/, "%2Ejson");
}
function withQuery(path, query) {
  let parameters = new URLSearchParams();
  for (let [name, value] of Object.entries(query))
    value != null && value !== "" && parameters.set(name, String(value));
  let text2 = parameters.toString();
  return text2 === "" ? path : `${path}?${text2}`;
}
function sessionPath(name, ending = "") {
  return `/s/${part(name)}${ending}`;
}
function screenOf(path) {
  if (path === "/" || path === "/sessions") return { name: "sessions" };
  if (path === "/board") return { name: "board" };
  for (let name of ["search", "metrics", "compare", "sources"]) if (path === `/${name}`) return { name };
  let session = /^\/s\/([^/]+)$/.exec(path)?.[1];
  if (session !== void 0)
    try {
      return { name: "session", session: decodeURIComponent(session) };
    } catch {
      return { name: "nothing" };
    }
  return { name: "nothing" };
}

// ui/net.ts
var Problem = class extends Error {
  constructor(status, message, hint, details = [], now = null) {
    super(message);
    this.status = status;
    this.hint = hint;
    this.details = details;
    this.now = now;
  }
  status;
  hint;
  details;
  now;
}, OFFLINE = "the server does not answer", STARTS = "`retold ui` or `retold serve` starts it";
async function problemOf(response) {
  try {
    let told2 = await response.json();
    return new Problem(response.status, told2.detail ?? response.statusText, told2.hint ?? null, told2.details ?? [], told2.now ?? null);
  } catch {
    return new Problem(response.status, response.statusText || `status ${response.status}`, null);
  }
}
async function get(address2, signal) {
  if (held !== null) {
    let answer2 = answerOf(held, address2);
    if (answer2 === void 0) throw new Problem(404, "this file does not hold that", "`retold ui` shows it");
    return answer2;
  }
  let response;
  try {
    response = await fetch(address2, { credentials: "same-origin", ...signal ? { signal } : {} });
  } catch {
    throw signal?.throwIfAborted(), new Problem(0, OFFLINE, STARTS);
  }
  let answer = response.ok ? await response.json() : await problemOf(response);
  if (signal?.throwIfAborted(), answer instanceof Problem) throw answer;
  return answer;
}
async function post(address2, body, key) {
  let response;
  try {
    response = await fetch(address2, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(body)
    });
  } catch {
    throw new Problem(0, OFFLINE, STARTS);
  }
  if (!response.ok) throw await problemOf(response);
  return await response.json();
}
async function enter() {
  let token = /^#t=([\w-]{20,200})$/.exec(location.hash)?.[1];
  token !== void 0 && (history.replaceState(history.state, "", location.pathname + location.search), await bring(token));
}
async function bring(token) {
  let response;
  try {
    response = await fetch("/enter", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token })
    });
  } catch {
    throw new Problem(0, OFFLINE, STARTS);
  }
  if (!response.ok) throw await problemOf(response);
}
function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}
var Asking = class {
  now = null;
  /** Begins; the signal holds until the next one begins, or none. */
  begin() {
    return this.end(), this.now = new AbortController(), this.now.signal;
  }
  end = () => {
    this.now?.abort(), this.now = null;
  };
  /** Reads an address. */
  ask(address2, take, refuse) {
    get(address2, this.begin()).then(take, (error) => {
      isAbort(error) || refuse(asProblem(error));
    });
  }
};
function asProblem(error) {
  return error instanceof Problem ? error : new Problem(0, error instanceof Error ? error.message : String(error), null);
}

// ui/en.ts
var en = {
  add: "Add",
  addTags: "Add tags",
  anotherStatus: "Another one",
  candidates: "Candidates",
  change: "Change…",
  changeSession: "Change the session",
  choiceTakenBack: (session) => `${session}: nobody is the winner`,
  choose: "Choose",
  close: "Close",
  cannotChangePast: "You look at the past: what is done there would be done now. `f` goes to the head.",
  duration: "Duration",
  filesChanged: "Files changed",
  fork: "Fork",
  forkHere: (at) => `Fork at ${at}`,
  forkNote: (at) => `Begins a session that has the history of this one up to ${at}. This one stays as it is.`,
  forked: (session, at) => `Forked ${session} at ${at}`,
  isSoAlready: "It is so already: nothing was changed.",
  itIs: "It is",
  linesAdded: "Lines added",
  linesDeleted: "Lines deleted",
  mark: "Mark",
  markNote: (at) => `Gives the moment of ${at} a name: mark:NAME is a point then.`,
  marked: (name) => `mark:${name} is set`,
  more: (count2) => `${count2.toLocaleString("en")} more`,
  moveTo: "Move to…",
  movedTo: (session, from, to) => `${session}: ${from} → ${to}`,
  name: "Name",
  newId: "Id of the new session; else a random one",
  noTags: "no tag",
  nothingToUndo: "Nothing was changed here that can be undone.",
  output: "Output",
  removeMark: (name) => `Take the mark ${name} away`,
  removeTag: (tag) => `Remove the tag ${tag}`,
  revert: "Revert",
  revertHere: (at) => `Make it what it was at ${at}`,
  revertNote: (at) => `Appends what makes of it what it was at ${at}; nothing is rewritten. This would change:`,
  reverted: (session, at) => `${session} is what it was at ${at}`,
  runtime: "Runtime, model",
  set: "Set",
  shortest: "shortest",
  status: "Status",
  tagged: (session, tags2) => `${session}: ${tags2}`,
  tags: "Tags",
  takeChoiceBack: "Take the choice back",
  undid: (said2) => `Undone: ${said2}`,
  undo: "Undo",
  unknown: "unknown",
  unmarked: (name) => `mark:${name} is gone`,
  whatToChange: "What to change",
  winner: "Winner",
  winnerIs: (session, instance) => `${session}: ${instance} is the winner`,
  winnerNote: "The others are archived. Whether tests pass, and how complex the code is, the log does not say.",
  withCorrections: (count2) => `With ${count2.toLocaleString("en")} later ${count2 === 1 ? "correction" : "corrections"} of what had happened by then.`,
  writable: "changes are taken"
};

// ui/words.ts
var LANGUAGES = [
  ["en", "English"],
  ["ja", "日本語"]
], PLACE = "retold-language", words = y3(en), other = y3(null), language = y3("en");
function t4() {
  return words.value;
}
function s4(text2, ...values) {
  let said2 = other.value?.plain[text2] ?? text2;
  if (values.length === 0) return said2;
  let nth = 0;
  return said2.replace(/\{\}/g, () => {
    let value = values[nth];
    return nth += 1, String(value ?? "");
  });
}
function say(text2) {
  return other.value?.plain[text2] ?? text2;
}
function counted(number2, one) {
  return other.value?.counted[one](number2.toLocaleString(language.value));
}
function spans() {
  return other.value?.spans;
}
function remembered() {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}
var chosenLast = "en";
async function speak(chosen, isChosen) {
  chosenLast = chosen;
  let read5 = null;
  if (chosen === "ja") {
    let place = "/ja.js";
    try {
      read5 = await import(place);
    } catch {
      return;
    }
    if (chosenLast !== chosen) return;
  }
  if (words.value = read5?.ja ?? en, other.value = read5?.texts ?? null, language.value = chosen, document.documentElement.lang = chosen, !!isChosen)
    try {
      localStorage.setItem(PLACE, chosen);
    } catch {
    }
}
function begin() {
  if (held !== null || typeof navigator > "u") return;
  (remembered() ?? (navigator.language.startsWith("ja") ? "ja" : "en")) === "ja" && speak("ja", !1);
}

// ui/show.ts
var STEERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
function visible(text2) {
  return text2.replace(STEERS, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}
function line(text2) {
  return visible(text2).replace(/\r\n|\r|\n/g, " ⏎ ").replace(/\t/g, " ");
}
var UNITS = ["KiB", "MiB", "GiB", "TiB"];
function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024, unit = 0;
  for (; value >= 1024 && unit + 1 < UNITS.length; )
    value /= 1024, unit += 1;
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}
function count(number2, one) {
  let said2 = counted(number2, one);
  return said2 !== void 0 ? said2 : `${number2.toLocaleString("en")} ${one}${number2 === 1 ? "" : "s"}`;
}
var two = (number2) => String(number2).padStart(2, "0");
function clock(ms) {
  let at = new Date(ms);
  return Number.isNaN(at.getTime()) ? "" : `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
function day(ms) {
  let at = new Date(ms);
  return Number.isNaN(at.getTime()) ? "" : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
function instant(ms) {
  return Number.isNaN(new Date(ms).getTime()) ? "" : `${day(ms)} ${clock(ms)}`;
}
function stretch(ms) {
  let seconds = Math.round(Math.abs(ms) / 1e3), said2 = spans();
  if (said2 !== void 0) return said2.stretch(seconds);
  if (seconds < 60) return `${seconds} s`;
  let minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  let hours = Math.floor(minutes / 60);
  return hours < 48 ? minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
function roughly(ms) {
  return stretch(ms).replace(/ \d+ \S+$/, "");
}
function ago(ms, now) {
  let past = now - ms;
  if (past < 0) return instant(ms);
  let rough = past < 45e3 ? null : roughly(past), said2 = spans();
  return said2 !== void 0 ? said2.ago(rough) : rough === null ? "just now" : `${rough} ago`;
}
function timeOf(text2) {
  if (!text2) return Number.NaN;
  let plain2 = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$/.test(text2);
  return Date.parse(plain2 ? `${text2.replace(" ", "T")}Z` : text2);
}
var SILENT_AFTER = 6e5;
function standing(status, movedAt, now) {
  return status !== "open" ? status : now - movedAt <= SILENT_AFTER ? "running" : "paused";
}
var COLUMNS = [
  { column: "running", glyph: "▶", name: "Running" },
  { column: "paused", glyph: "‖", name: "Paused" },
  { column: "completed", glyph: "✓", name: "Completed" },
  { column: "failed", glyph: "✕", name: "Failed" },
  { column: "other", glyph: "○", name: "Other" }
];
function columnOf(status) {
  switch (status) {
    case "running":
    case "active":
      return "running";
    case "paused":
    case "idle":
    case "waiting":
      return "paused";
    case "completed":
    case "done":
      return "completed";
    case "failed":
    case "error":
    case "cancelled":
    case "interrupted":
      return "failed";
    default:
      return "other";
  }
}
function glyphOf(status) {
  if (status === "interrupted") return "⊘";
  let column = columnOf(status);
  return COLUMNS.find((known) => known.column === column)?.glyph ?? "○";
}

// ui/past.ts
var way = () => ({ changes: [], applied: 0, next: null, isWhole: !1 }), PLAIN = {
  stream: 0,
  name: { full: "", short: "", workspace: "", id: "" },
  path: null,
  type: "",
  task: "",
  status: "",
  created_at: "",
  updated_at: "",
  completed_at: null,
  winner_id: null,
  total_duration: null,
  total_files_changed: null,
  instance_count: 0,
  message_count: 0,
  revision: 0,
  position: 0,
  tags: [],
  is_error: !1
}, Folded = class {
  constructor(rows, clock2, anchor) {
    this.clock = clock2;
    this.anchor = anchor;
    for (let row of rows) this.rows.set(row.stream, { row: { ...row }, exists: !0 });
  }
  clock;
  anchor;
  rows = /* @__PURE__ */ new Map();
  forward = way();
  back = way();
  keyOf(change2) {
    return this.clock === "occurred" ? change2.happened : change2.position;
  }
  /** Leads the rows to a moment as far as the changes at hand lead; returns which way more of them are needed. */
  seek(to) {
    let { forward: forward2, back: back2 } = this;
    for (; forward2.applied > 0 && this.keyOf(forward2.changes[forward2.applied - 1]) > to; )
      forward2.applied -= 1, this.apply(forward2.changes[forward2.applied], !1);
    for (; back2.applied > 0 && this.keyOf(back2.changes[back2.applied - 1]) <= to; )
      back2.applied -= 1, this.apply(back2.changes[back2.applied], !1);
    for (; forward2.applied < forward2.changes.length && this.keyOf(forward2.changes[forward2.applied]) <= to; )
      this.apply(forward2.changes[forward2.applied], !0), forward2.applied += 1;
    for (; back2.applied < back2.changes.length && this.keyOf(back2.changes[back2.applied]) > to; )
      this.apply(back2.changes[back2.applied], !0), back2.applied += 1;
    return to > this.anchor ? forward2.applied === forward2.changes.length && !forward2.isWhole ? forward2 : null : to < this.anchor && back2.applied === back2.changes.length && !back2.isWhole ? back2 : null;
  }
  apply(change2, onward) {
    let value = onward ? change2.is : change2.was, kept = this.rows.get(change2.stream);
    if (kept === void 0 && (kept = { row: { ...PLAIN, stream: change2.stream, name: change2.name }, exists: !1 }, this.rows.set(change2.stream, kept)), change2.field === "exists") {
      kept.exists = value === 1;
      return;
    }
    kept.row = { ...kept.row, [change2.field]: change2.field === "tags" ? tags(value) : value };
  }
  /** The key of the next change, or of the one before, seen from a moment. */
  step(from, isForward) {
    let found2;
    for (let { changes } of [this.forward, this.back])
      for (let change2 of changes) {
        let key = this.keyOf(change2);
        (isForward ? key > from && (found2 === void 0 || key < found2) : key <= from && (found2 === void 0 || key > found2)) && (found2 = key);
      }
    return found2;
  }
  all() {
    return [...this.rows.values()].filter((kept) => kept.exists).map((kept) => kept.row);
  }
};
function tags(value) {
  if (Array.isArray(value)) return value;
  try {
    return JSON.parse(String(value ?? "[]"));
  } catch {
    return [];
  }
}
function isFoldable(filter) {
  return !filter.q;
}
function fits(row, filter) {
  return (!filter.status || row.status === filter.status) && (!filter.type || row.type === filter.type) && (!filter.workspace || row.name.workspace === filter.workspace) && (!filter.tag || row.tags.includes(filter.tag));
}
function sorted(rows, sort) {
  let number2 = (value) => value === null || Number.isNaN(value) ? Number.NEGATIVE_INFINITY : Number(value), key = (row) => {
    switch (sort) {
      case "created":
        return number2(timeOf(row.created_at));
      case "duration":
        return number2(row.total_duration);
      case "files":
        return number2(row.total_files_changed);
      case "file":
        return -row.stream;
      default:
        return number2(timeOf(row.updated_at));
    }
  };
  return rows.map((row) => [key(row), row]).sort(([a5, one], [b3, other2]) => a5 === b3 ? one.stream - other2.stream : b3 - a5).map(([, row]) => row);
}
var WINDOW = 2e3, WINDOWS_MAX = 3, PAGE = 1e3;
function pointOf(clock2, key) {
  if (clock2 === "recorded") return String(Math.max(0, Math.round(key)));
  let whole = Math.floor(key / 1e3), micros = String(Math.round(key - whole * 1e3)).padStart(3, "0");
  return new Date(whole).toISOString().replace("Z", `${micros}Z`);
}
function microsOf(point) {
  let at = /^\d{4}-\d\d-\d\dT.*Z$/.test(point) ? Date.parse(point) : Number.NaN;
  if (Number.isNaN(at)) return null;
  let fraction = /\.(\d+)Z$/.exec(point)?.[1] ?? "";
  return at * 1e3 + Number(fraction.padEnd(6, "0").slice(3, 6));
}
function instantOf(list2, past, at) {
  if (at === null) return Date.now();
  if (past.clock.value === "occurred" && past.at.value !== null) return past.at.value / 1e3;
  let last = Number.NaN;
  for (let row of list2.rows.value) {
    let moved = timeOf(row.updated_at);
    moved <= last || (last = Number.isNaN(moved) ? last : moved);
  }
  return last;
}
function standingOf(row, now) {
  return standing(row.status, timeOf(row.updated_at), now);
}
var Past = class {
  rows = y3([]);
  total = y3(null);
  counts = y3([]);
  asOf = y3(null);
  problem = y3(null);
  isReading = y3(!1);
  /** The moment that is shown: a position, or microseconds since 1970. */
  at = y3(null);
  clock = y3("occurred");
  folded = null;
  /** Whether the server left out rows that do not fit the filter: those are missing for any other one. */
  isFiltered = !1;
  /** The point of the address that was opened last. */
  foldedKey = "";
  /** How often something was read, for tests of how little that is. */
  reads = { rows: 0, windows: 0 };
  filter = {};
  reading = null;
  waiting = [];
  isWorking = !1;
  wanted = null;
  /** Nothing more of a list in the past is on another page. */
  async more() {
    return !1;
  }
  /** Shows a point, such as an address has it. */
  async open(point, filter) {
    this.filter = filter;
    let key = this.keyOf(point);
    if (key !== null && this.folded !== null && this.folded.clock === this.clock.value && isFoldable(filter) && !this.isFiltered) return this.moveTo(key);
    await this.anchor(point);
  }
  /** The filter is another one. */
  refine(filter) {
    this.filter = filter, this.show();
  }
  keyOf(point) {
    return /^\d+$/.test(point) ? this.clock.value === "recorded" ? Number(point) : null : this.clock.value === "occurred" ? microsOf(point) : null;
  }
  /** Reads the rows of a moment. What was there stays until then. */
  async anchor(point) {
    this.reading?.abort();
    let reading = new AbortController();
    this.reading = reading, this.isReading.value = !0, this.problem.value = null;
    try {
      let rows = [], after = null, asOf = null, isFiltered = !isFoldable(this.filter), server = isFiltered ? this.filter : {};
      do {
        this.reads.rows += 1;
        let clock2 = /^\d+$/.test(point) ? null : this.clock.value, answer = await get(withQuery("/sessions.json", { ...server, at: point, clock: clock2, n: PAGE, after }), reading.signal);
        rows.push(...answer.rows), after = answer.next, asOf = answer.as_of;
      } while (after !== null);
      if (reading.signal.aborted || asOf === null) return;
      let isTime = asOf.clock === "occurred" && asOf.moment !== void 0;
      this.clock.value = isTime ? "occurred" : "recorded";
      let key = isTime ? this.keyOf(asOf.moment ?? "") ?? Date.parse(asOf.moment ?? "") * 1e3 : asOf.position;
      this.folded = new Folded(rows, this.clock.value, key), this.isFiltered = isFiltered, this.asOf.value = asOf, this.at.value = key, this.problem.value = null, this.show();
    } catch (error) {
      if (isAbort(error)) return;
      this.problem.value = asProblem(error);
    } finally {
      if (this.reading === reading) {
        this.isReading.value = !1;
        for (let wake of this.waiting.splice(0)) wake();
      }
    }
  }
  /** Waits for the rows of a moment that was opened; whether they are there. */
  async anchored() {
    for (; this.folded === null && this.problem.peek() === null; ) await new Promise((wake) => this.waiting.push(wake));
    return this.folded !== null;
  }
  /** Goes to a moment of this clock. The pointer never waits: rows come after. */
  moveTo(key) {
    return this.at.value = key, this.wanted = key, this.work();
  }
  async work() {
    if (this.isWorking) {
      this.folded?.seek(this.wanted ?? 0) === null && this.show();
      return;
    }
    this.isWorking = !0;
    let windows = 0;
    try {
      for (; this.wanted !== null; ) {
        let to = this.wanted, { folded } = this;
        if (folded === null || !isFoldable(this.filter) || this.isFiltered || windows > WINDOWS_MAX) {
          if (await this.anchor(pointOf(this.clock.value, to)), windows = 0, this.problem.value !== null || this.wanted === to) break;
          continue;
        }
        let missing = folded.seek(to);
        if (this.show(), missing === null) {
          if (this.wanted === to) break;
          continue;
        }
        this.isReading.value = !0, await this.extend(folded, missing), windows += 1;
      }
      this.problem.value = null;
    } catch (error) {
      isAbort(error) || (this.problem.value = asProblem(error));
    } finally {
      this.isWorking = !1, this.isReading.value = !1;
    }
  }
  /** Reads the next window of changes of one direction. */
  async extend(folded, missing) {
    this.reads.windows += 1;
    let isForward = missing === folded.forward, { clock: clock2 } = folded, end = isForward ? clock2 === "recorded" ? "head" : (/* @__PURE__ */ new Date()).toISOString() : clock2 === "recorded" ? "0" : "1970-01-01T00:00:00Z", query = { from: pointOf(clock2, folded.anchor), to: end, clock: clock2, n: WINDOW, after: missing.next }, answer = await get(withQuery("/sessions/changes.json", query));
    if (!(missing.isWhole || missing.next !== query.after)) {
      for (let change2 of answer.rows) missing.changes.push(change2);
      missing.next = answer.next, missing.isWhole = answer.next === null;
    }
  }
  /** The moment of the next change, or of the one before; reads what is missing for that. */
  async step(isForward) {
    let { folded } = this, at = this.at.value;
    if (folded === null || at === null) return;
    let side = isForward ? folded.forward : folded.back;
    for (; ; ) {
      let found2 = folded.step(at, isForward), reach = side.changes.at(-1);
      if (side.isWhole || reach !== void 0 && (isForward ? folded.keyOf(reach) > at : folded.keyOf(reach) <= at)) return found2 === void 0 || isForward ? found2 : found2 - 1;
      try {
        await this.extend(folded, side);
      } catch (error) {
        this.problem.value = asProblem(error);
        return;
      }
    }
  }
  show() {
    if (this.folded === null) return;
    let rows = this.folded.all().filter((row) => fits(row, this.filter)), sums = /* @__PURE__ */ new Map();
    for (let { status, type } of rows) {
      let key = `${status}
${type}`, sum = sums.get(key) ?? { status, type, count: 0 };
      sum.count += 1, sums.set(key, sum);
    }
    this.rows.value = sorted(rows, this.filter.sort), this.counts.value = [...sums.values()], this.total.value = rows.length;
  }
};

// ui/command.ts
function quoted(text2) {
  return /^[\p{L}\p{N}/_.:@=,+-]+$/u.test(text2) ? text2 : `'${text2.replaceAll("'", "'\\''")}'`;
}
function commandOf(screen, query) {
  let parts = [], option = (name, of = name) => {
    let value = query.get(of);
    value && parts.push(`--${name}`, quoted(value));
  };
  switch (screen.name) {
    case "sessions":
    case "board":
      parts.push("retold sessions");
      for (let name of ["status", "type", "workspace", "tag", "at"]) option(name);
      return option("search", "q"), parts.push("--flat", "--sort", query.get("sort") ?? "updated"), parts.join(" ");
    case "search": {
      let words2 = query.get("q");
      if (!words2) return;
      parts.push("retold search", quoted(words2));
      for (let name of ["session", "workspace", "type", "status", "tag", "what", "role", "agent"]) option(name);
      return parts.join(" ");
    }
    case "metrics": {
      let at = query.get("at");
      if (query.get("what") !== "usage") {
        if (at !== null) return;
        parts.push("retold metrics");
        for (let name of ["by", "clock"]) option(name);
        return parts.join(" ");
      }
      if (parts.push("retold usage"), option("by"), at !== null) {
        let micros = microsOf(at);
        parts.push("--until", quoted(micros === null ? at : pointOf("occurred", micros + 1)));
      }
      return parts.join(" ");
    }
    case "sources":
      return parts.push("retold sources --all"), option("tool"), parts.join(" ");
    case "compare": {
      let [a5, b3] = [query.get("a"), query.get("b")];
      return !a5 || !b3 ? void 0 : (parts.push("retold compare", quoted(a5), quoted(b3)), option("at"), parts.join(" "));
    }
    default:
      return;
  }
}

// ui/write.ts
var canWrite = y3(!1), marks = y3([]), team = y3(null);
async function readPage() {
  try {
    let page = await get("/page.json");
    canWrite.value = page.writes, marks.value = page.marks, team.value = page.team ?? null;
  } catch (error) {
    if (asProblem(error).status === 401) throw error;
  }
}
function ofTeam(command) {
  return team.value === null ? command : command.replace(/^retold /, `retold --store ${quoted(team.value)} `);
}
var changing = y3(null), done = y3(null), failed = y3(null);
function drawKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
var sending = /* @__PURE__ */ new Set();
async function send(path, body, key) {
  if (sending.has(key)) return null;
  sending.add(key);
  try {
    return await post(path, body, key);
  } finally {
    sending.delete(key);
  }
}
function finish(said2, changed) {
  failed.value = null;
  let operation = changed.operation?.id ?? null;
  done.value = { said: operation === null ? t4().isSoAlready : said2, undo: operation === null ? null : () => takeBack(said2, operation) };
}
async function change(name, what, body, key, said2) {
  let changed = await send(sessionPath(name.full, `/${what}`), body, key);
  return changed !== null && finish(said2, changed), changed;
}
async function takeBack(said2, operation) {
  done.value = null;
  try {
    let changed = await send("/undo", { operation }, `undo-${operation}`);
    changed !== null && finish(t4().undid(said2), changed);
  } catch (error) {
    failed.value = asProblem(error);
  }
}
function undoLast() {
  let known = done.peek();
  if (known?.undo === null || known?.undo === void 0) {
    done.value = { said: t4().nothingToUndo, undo: null };
    return;
  }
  known.undo();
}
async function mark(name, position, isDeleted, key) {
  let changed = await send("/marks", { name, ...position === null ? {} : { position }, ...isDeleted ? { delete: !0 } : {} }, key);
  return changed === null ? null : (failed.value = null, done.value = {
    said: isDeleted ? t4().unmarked(name) : t4().marked(name),
    undo: isDeleted ? null : async () => {
      try {
        await mark(name, null, !0, drawKey());
      } catch (error) {
        failed.value = asProblem(error);
      }
    }
  }, await readPage(), changed);
}
function setStatus({ name, revision, status }, to, key) {
  return change(name, "status", { expect: revision, status: to }, key, t4().movedTo(name.short, status, to));
}

// ui/keys.ts
var KEYS = {
  next: { keys: ["ArrowRight", "l"], about: "the next event", screens: "all" },
  before: { keys: ["ArrowLeft", "h"], about: "the event before", screens: "all" },
  nextTurn: { keys: ["Shift+ArrowRight"], about: "the next turn", screens: "session" },
  turnBefore: { keys: ["Shift+ArrowLeft"], about: "this turn's beginning, or the turn before", screens: "session" },
  nextMessage: { keys: ["]"], about: "the next message", screens: "session" },
  messageBefore: { keys: ["["], about: "the message before", screens: "session" },
  nextError: { keys: ["e"], about: "the next error", screens: "session" },
  errorBefore: { keys: ["E"], about: "the error before", screens: "session" },
  first: { keys: ["Home"], about: "the first event", screens: "all" },
  last: { keys: ["End", "f"], about: "the head, and follow what comes", screens: "all" },
  play: { keys: [" "], about: "play from here, or stop", screens: "all" },
  faster: { keys: ["+"], about: "play twice as fast", screens: "all" },
  slower: { keys: ["-"], about: "play half as fast", screens: "all" },
  tenth: { keys: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], about: "that tenth of the way", screens: "all" },
  base: { keys: ["x"], about: "compare with this event; on it, no longer", screens: "session" },
  inspector: { keys: ["i"], about: "show or hide the inspector", screens: "session" },
  state: { keys: ["s"], about: "the state after the event", screens: "session" },
  diff: { keys: ["d"], about: "what changed", screens: "session" },
  blame: { keys: ["b"], about: "who last wrote what", screens: "session" },
  raw: { keys: ["r"], about: "the event as it was recorded", screens: "session" },
  files: { keys: ["p"], about: "the files that calls changed", screens: "session" },
  verify: { keys: ["V"], about: "verify the session against its hashes, or stop", screens: "session" },
  copyCommand: { keys: ["c"], about: "copy the command that gives the same view", screens: "all" },
  copyLink: { keys: ["y"], about: "copy the link to this moment", screens: "all" },
  export: { keys: ["X"], about: "export the session as one file", screens: "session" },
  json: { keys: ["."], about: "the data of this page", screens: "all" },
  goTo: { keys: ["g", ":"], about: "go to a point: r7, head-3, yesterday, mark:NAME", screens: "all" },
  filter: { keys: ["/"], about: "filter the list; in a session, find in it", screens: "all" },
  trace: { keys: ["="], about: "find where the value of an expression changes", screens: "session" },
  markForCompare: { keys: ["v"], about: "mark the chosen session; the second one is compared with it", screens: "list" },
  change: { keys: ["w"], about: "change the status", screens: "all", writes: !0 },
  tag: { keys: ["t"], about: "change the tags", screens: "all", writes: !0 },
  choose: { keys: ["W"], about: "choose the winner", screens: "session", writes: !0 },
  mark: { keys: ["m"], about: "mark this moment", screens: "session", writes: !0 },
  fork: { keys: ["F"], about: "fork the session at this event", screens: "session", writes: !0 },
  revert: { keys: ["R"], about: "make of the session what it was at this event", screens: "session", writes: !0 },
  undo: { keys: ["u"], about: "undo what was changed last on this page", screens: "all", writes: !0 },
  palette: { keys: ["Ctrl+k"], about: "find a session, or what to do", screens: "all" },
  help: { keys: ["?"], about: "this help", screens: "all" }
};
function keysNow() {
  return Object.entries(KEYS).filter(([, binding]) => canWrite.value || binding.writes !== !0);
}
function nameOf(key) {
  return { ArrowRight: "→", ArrowLeft: "←", "Shift+ArrowRight": "Shift →", "Shift+ArrowLeft": "Shift ←", " ": "Space", "Ctrl+k": "Ctrl K" }[key] ?? key;
}
function isTyped(event) {
  let { target: target2 } = event;
  return event.isComposing || event.keyCode === 229 ? !0 : target2 instanceof HTMLElement ? target2.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target2.tagName) || target2.closest("dialog") !== null : !1;
}
function actionOf(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return "palette";
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  let { target: target2 } = event;
  if (event.key === " " && target2 instanceof HTMLElement && target2.closest("button, a, summary") !== null) return;
  let key = event.key.length > 1 && event.shiftKey ? `Shift+${event.key}` : event.key;
  for (let [action, binding] of Object.entries(KEYS))
    if (binding.keys.includes(key)) return binding.writes === !0 && !canWrite.peek() ? void 0 : action;
}
function useKeys(press, depends) {
  F2(() => (addEventListener("keydown", press), () => removeEventListener("keydown", press)), depends);
}

// ui/list.ts
var List = class {
  constructor(page) {
    this.page = page;
  }
  page;
  rows = y3([]);
  total = y3(null);
  counts = y3([]);
  asOf = y3(null);
  problem = y3(null);
  isReading = y3(!1);
  next = null;
  filter = {};
  reading = null;
  /** What was read last, and whether something is new since. */
  asked = "";
  isOld = !1;
  /** Reads the list from its beginning; what is read just now, once more after that. */
  async read(filter) {
    let asked = withQuery("/sessions.json", { ...filter, n: this.page });
    if (this.isOld = this.isReading.value && asked === this.asked, this.isOld) return;
    this.reading?.abort();
    let reading = new AbortController();
    this.reading = reading, this.filter = filter, this.asked = asked, this.isReading.value = !0;
    try {
      let answer = await get(asked, reading.signal);
      this.rows.value = answer.rows, this.total.value = answer.total, this.counts.value = answer.counts, this.asOf.value = answer.as_of, this.next = answer.next, this.problem.value = null;
    } catch (error) {
      if (isAbort(error)) return;
      this.problem.value = asProblem(error);
    }
    this.done();
  }
  done() {
    this.isReading.value = !1, this.isOld && this.read(this.filter);
  }
  /** Reads the next page, where there is one; returns whether there may be more. */
  async more() {
    let { next, reading } = this;
    if (next === null || reading === null || this.isReading.value) return !1;
    this.isReading.value = !0;
    try {
      let answer = await get(withQuery("/sessions.json", { ...this.filter, n: this.page, after: next }), reading.signal);
      this.rows.value = [...this.rows.value, ...answer.rows], this.next = answer.next;
    } catch (error) {
      return isAbort(error) || (this.problem.value = asProblem(error)), !1;
    } finally {
      this.reading === reading && this.done();
    }
    return this.next !== null;
  }
};

// ui/throttle.ts
function throttle(act, period) {
  let resting, isWanted = !1, run = () => {
    isWanted = !1, resting = setTimeout(() => {
      resting = void 0, isWanted && run();
    }, period), act();
  };
  return () => {
    resting === void 0 ? run() : isWanted = !0;
  };
}

// ui/live.ts
var live = y3(null), isConnected = y3(!1), calm = y3(null), calmer = throttle(() => {
  calm.value = live.peek()?.position ?? null;
}, 2e3), CHANNEL = "retold-live";
function listen() {
  let channel = typeof BroadcastChannel > "u" ? null : new BroadcastChannel(CHANNEL), take = (news) => {
    live.value = news, calmer(), isConnected.value = !0;
  };
  channel?.addEventListener("message", (event) => {
    "position" in event.data ? take(event.data) : isConnected.value = event.data.isConnected;
  });
  let lead = () => new Promise(() => {
    let source = new EventSource("/live");
    source.addEventListener("head", (event) => {
      let news = JSON.parse(event.data);
      take(news), channel?.postMessage(news);
    }), source.addEventListener("resync", () => {
      let known = live.value;
      known !== null && take({ ...known, changed: null });
    });
    let tell = (now) => () => {
      isConnected.value = now, channel?.postMessage({ isConnected: now });
    };
    source.addEventListener("open", tell(!0)), source.addEventListener("error", tell(!1)), addEventListener("pagehide", () => source.close());
  });
  navigator.locks === void 0 ? lead() : navigator.locks.request(CHANNEL, lead);
}

// ui/columns.ts
var Columns = class {
  /** How many events there are. */
  length = 0;
  kinds = [];
  /** Indexed by revision - 1. */
  kind = new Uint8Array(0);
  flags = new Uint8Array(0);
  instance = new Uint16Array(0);
  /** Milliseconds since 1970. */
  time = new Float64Array(0);
  /** The turn that an event is in, from 1; 0 before the first. */
  turn = new Uint32Array(0);
  there = new Uint8Array(0);
  numbers = /* @__PURE__ */ new Map();
  /** Up to which event turns are counted. */
  counted = 0;
  grow(length) {
    if (!(length <= this.length)) {
      if (length > this.kind.length) {
        let room = Math.max(length, Math.ceil(this.kind.length * 1.5), 1024), larger = (from, to) => (to.set(from), to);
        this.kind = larger(this.kind, new Uint8Array(room)), this.flags = larger(this.flags, new Uint8Array(room)), this.instance = larger(this.instance, new Uint16Array(room)), this.time = larger(this.time, new Float64Array(room)), this.turn = larger(this.turn, new Uint32Array(room)), this.there = larger(this.there, new Uint8Array(room));
      }
      this.length = length;
    }
  }
  take(tile) {
    this.grow(tile.first - 1 + tile.kind.length);
    let numbers = tile.kinds.map((name) => {
      let number2 = this.numbers.get(name);
      return number2 === void 0 && (number2 = this.kinds.length, this.kinds.push(name), this.numbers.set(name, number2)), number2;
    }), micros = 0;
    for (let nth = 0; nth < tile.kind.length; nth += 1) {
      let at = tile.first - 1 + nth;
      micros += tile.time[nth] ?? 0, this.kind[at] = numbers[tile.kind[nth] ?? 0] ?? 0, this.time[at] = micros / 1e3, this.flags[at] = tile.flags[nth] ?? 0, this.instance[at] = tile.instance[nth] ?? 0, this.there[at] = 1;
    }
    this.count();
  }
  count() {
    let turn = this.counted === 0 ? 0 : this.turn[this.counted - 1] ?? 0;
    for (; this.counted < this.length && this.there[this.counted] === 1; )
      ((this.flags[this.counted] ?? 0) & 4) !== 0 && (turn += 1), this.turn[this.counted] = turn, this.counted += 1;
  }
  has(revision) {
    return this.there[revision - 1] === 1;
  }
  isWhole() {
    return this.counted === this.length;
  }
  kindOf(revision) {
    return this.has(revision) ? this.kinds[this.kind[revision - 1] ?? 0] ?? "" : "";
  }
  flagsOf(revision) {
    return this.flags[revision - 1] ?? 0;
  }
  timeOf(revision) {
    return this.has(revision) ? this.time[revision - 1] ?? Number.NaN : Number.NaN;
  }
  turnOf(revision) {
    return this.turn[revision - 1] ?? 0;
  }
  /** The next event with a flag after a revision, or the one before; `undefined` where there is none. */
  next(from, forward2, flag) {
    let step = forward2 ? 1 : -1;
    for (let at = from + step; at >= 1 && at <= this.length; at += step)
      if ((this.flagsOf(at) & flag) !== 0) return at;
  }
  /** The first event of the turn after this one, or of this turn or the one before. */
  turnStart(from, forward2) {
    return this.next(from, forward2, 4) ?? (forward2 ? this.length : 1);
  }
};
function rowsOf(columns, closed, shown) {
  let rows = new Int32Array(columns.length * 2 + 1), length = 0, head = -1;
  for (let revision = 1; revision <= columns.length; revision += 1) {
    let turn = columns.turnOf(revision), isShown2 = shown(revision);
    turn !== head && (isShown2 || (columns.flagsOf(revision) & 4) !== 0) && turn > 0 && (rows[length] = -turn, length += 1, head = turn), isShown2 && !closed.has(turn) && (rows[length] = revision, length += 1);
  }
  return rows.subarray(0, length);
}
function rowAt(rows, columns, revision) {
  let turn = columns.turnOf(revision), low = 0, high = rows.length - 1;
  for (; low < high; ) {
    let middle = low + high + 1 >> 1, row = rows[middle] ?? 0;
    (row > 0 ? row <= revision : -row <= turn) ? low = middle : high = middle - 1;
  }
  return low;
}

// node_modules/preact/jsx-runtime/dist/jsxRuntime.mjs
var f4 = /* @__PURE__ */ Symbol.for("pv"), o4 = 0;
function a4(t5, e4, n3, u4, a5, i4) {
  e4 || (e4 = {});
  var c4, l4, p5 = e4;
  if ("ref" in p5 && typeof t5 != "function") for (l4 in p5 = {}, e4) l4 == "ref" ? c4 = e4[l4] : p5[l4] = e4[l4];
  var s5 = { type: t5, props: p5, key: n3, ref: c4, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: f4, __v: --o4, __i: -1, __u: 0 };
  return (a5 || i4) && (s5.__source = a5, s5.__self = i4), n.vnode && n.vnode(s5), s5;
}

// ui/bar.tsx
var IDLE = 6e4;
function placesOf(columns, axis2) {
  let places = new Float32Array(columns.length);
  if (axis2 === "events" || columns.length < 2) {
    for (let at = 0; at < columns.length; at += 1) places[at] = columns.length < 2 ? 1 : at / (columns.length - 1);
    return places;
  }
  let sum = 0;
  for (let at = 1; at < columns.length; at += 1) {
    let gap = (columns.time[at] ?? 0) - (columns.time[at - 1] ?? 0);
    sum += Math.min(Math.max(Number.isFinite(gap) ? gap : 0, 0), IDLE) + 1, places[at] = sum;
  }
  for (let at = 1; at < columns.length; at += 1) places[at] = (places[at] ?? 0) / (sum || 1);
  return places;
}
function eventAt(places, place) {
  let low = 0, high = places.length - 1;
  for (; low < high; ) {
    let middle = low + high >> 1;
    (places[middle] ?? 0) < place ? low = middle + 1 : high = middle;
  }
  return low > 0 && place - (places[low - 1] ?? 0) < (places[low] ?? 0) - place && (low -= 1), low + 1;
}
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
function draw(canvas, columns, places, hits) {
  let ratio = devicePixelRatio || 1, [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio), canvas.height = Math.round(height * ratio);
  let pen = canvas.getContext("2d");
  if (pen === null || width === 0) return;
  pen.scale(ratio, ratio);
  let step = Math.max(3, Math.min(14, Math.floor(width / Math.max(1, columns.length)))), buckets = Math.max(1, Math.floor(width / step)), events = new Uint32Array(buckets), messages = new Uint32Array(buckets), errors = new Uint8Array(buckets), turns = new Uint8Array(buckets), most = 1;
  for (let at = 0; at < columns.length; at += 1) {
    let bucket = Math.min(buckets - 1, Math.floor((places[at] ?? 0) * buckets)), flags = columns.flags[at] ?? 0, sum = (events[bucket] ?? 0) + 1;
    events[bucket] = sum, sum > most && (most = sum), flags & 2 && (messages[bucket] = (messages[bucket] ?? 0) + 1), flags & 1 && (errors[bucket] = 1), flags & 4 && (turns[bucket] = 1);
  }
  let base = height - 6, [ink, link, fail, line2] = [colour("--text-3"), colour("--link"), colour("--fail"), colour("--control")];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    let sum = events[bucket] ?? 0;
    if (sum === 0) continue;
    let bar = Math.max(3, Math.round(Math.log(sum + 1) / Math.log(most + 1) * (base - 4))), said2 = Math.round(bar * (messages[bucket] ?? 0) / sum);
    pen.fillStyle = ink, pen.fillRect(bucket * step, base - bar, step - 1, bar - said2), pen.fillStyle = link, pen.fillRect(bucket * step, base - said2, step - 1, said2), errors[bucket] && (pen.fillStyle = fail, pen.fillRect(bucket * step - 0.5, 0, step, base - bar - 1 > 4 ? 4 : 3), pen.fillRect(bucket * step, base - bar, step - 1, bar - said2)), turns[bucket] && buckets > columns.length / 50 && (pen.fillStyle = line2, pen.fillRect(bucket * step, height - 4, 2, 4));
  }
  pen.fillStyle = colour("--wait");
  for (let hit of hits) {
    let place = places[hit];
    place !== void 0 && pen.fillRect(Math.min(width - 2, place * width - 1), 0, 2, height);
  }
}
var NONE = [], SPEEDS = [1, 2, 4, 8, 16, 0.5], speed = y3(1);
function hurry(by) {
  let speeds = [...SPEEDS].sort((a5, b3) => a5 - b3), index = speeds.indexOf(speed.value) + by;
  speed.value = speeds[Math.min(speeds.length - 1, Math.max(0, index))] ?? 1;
}
function nextSpeed() {
  speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1;
}
function Bar({ columns, version, axis: axis2, at, pin, hits = NONE, slider, steps, isPlaying: isPlaying3, step, play: play2, stop: stop2, go: go2, unit, class: more2, children }) {
  let canvas = T2(null), track = T2(null), places = w2(() => placesOf(columns, axis2), [columns, version, axis2]);
  A2(() => {
    let node = canvas.current;
    if (node === null) return;
    let redraw = () => draw(node, columns, places, hits), watcher = new ResizeObserver(redraw);
    watcher.observe(node);
    let theme = matchMedia("(prefers-color-scheme: dark)");
    return theme.addEventListener("change", redraw), () => {
      watcher.disconnect(), theme.removeEventListener("change", redraw);
    };
  }, [places, hits]);
  let latest = T2({ places, go: go2 });
  latest.current = { places, go: go2 };
  let target2 = T2(null), drag = (event) => {
    let node = track.current;
    if (node === null) return;
    let box = node.getBoundingClientRect(), place = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width))), isIdle = target2.current === null;
    target2.current = place, isIdle && requestAnimationFrame(() => {
      let to = target2.current;
      target2.current = null;
      let now = latest.current;
      to !== null && now.places.length > 0 && now.go(eventAt(now.places, to));
    });
  }, down = (event) => {
    event.button === 0 && (stop2(), track.current?.setPointerCapture(event.pointerId), drag(event));
  }, move = (event) => {
    track.current?.hasPointerCapture(event.pointerId) && drag(event);
  }, placeOf = (nth) => `${((nth < 0 ? 0 : places[nth] ?? (columns.length < 2 ? 1 : nth / (columns.length - 1))) * 100).toFixed(3)}%`;
  return /* @__PURE__ */ a4("section", { class: more2 === void 0 ? "timebar" : `timebar ${more2}`, "aria-label": s4("Time"), children: [
    /* @__PURE__ */ a4("div", { class: "transport", children: [
      /* @__PURE__ */ a4("button", { type: "button", onClick: () => step(!1), disabled: steps.isFirst, "aria-label": steps.before, title: steps.beforeTitle, children: "◂" }),
      /* @__PURE__ */ a4("button", { type: "button", onClick: play2, "aria-label": isPlaying3 ? s4("Stop playing") : s4("Play"), title: s4("Play (Space)"), class: "play", children: isPlaying3 ? "❚❚" : steps.isLast ? "↻" : "▶" }),
      /* @__PURE__ */ a4("button", { type: "button", onClick: () => step(!0), disabled: steps.isLast, "aria-label": steps.next, title: steps.nextTitle, children: "▸" }),
      /* @__PURE__ */ a4("button", { type: "button", class: "speed", onClick: nextSpeed, "aria-label": s4("Speed {}, change", speed.value), title: s4("Speed (+ −)"), children: [
        speed.value,
        "×"
      ] })
    ] }),
    /* @__PURE__ */ a4(
      "div",
      {
        class: "track",
        ref: track,
        role: "slider",
        tabIndex: 0,
        "aria-label": slider.name,
        "aria-valuemin": slider.min,
        "aria-valuemax": slider.max,
        "aria-valuenow": slider.now,
        "aria-valuetext": slider.told,
        onPointerDown: down,
        onPointerMove: move,
        children: [
          /* @__PURE__ */ a4("canvas", { ref: canvas, "aria-hidden": "true" }),
          pin !== void 0 && /* @__PURE__ */ a4("div", { class: "pin", style: { left: placeOf(pin.at) }, title: pin.title }),
          /* @__PURE__ */ a4("div", { class: "future", style: { left: placeOf(at) } }),
          /* @__PURE__ */ a4("div", { class: "head", style: { left: placeOf(at) } })
        ]
      }
    ),
    /* @__PURE__ */ a4("div", { class: "where", children: [
      children,
      /* @__PURE__ */ a4("span", { class: "spoken", "aria-live": "off", children: count(columns.length, unit) })
    ] })
  ] });
}

// ui/notice.ts
var notice = y3(""), gone;
x2(() => {
  notice.value !== "" && (clearTimeout(gone), gone = setTimeout(() => {
    notice.value = "";
  }, 4e3));
});
function copied(command) {
  navigator.clipboard?.writeText(command).then(() => {
    notice.value = s4("Copied: {}", command);
  });
}

// ui/read.ts
var Read = class {
  constructor(ask2 = get) {
    this.ask = ask2;
  }
  ask;
  value = y3(null);
  problem = y3(null);
  isReading = y3(!1);
  address = null;
  reading = null;
  isOld = !1;
  /** Reads an address; `null` reads nothing. What was read stays until the next is there. */
  of(address2) {
    address2 !== this.address && this.stop(), this.address = address2, address2 === null ? this.value.value = null : this.reading !== null ? this.isOld = !0 : this.read(address2);
  }
  /** Reads the same address once more. */
  again = () => this.of(this.address);
  stop = () => {
    this.reading?.abort(), this.reading = null, this.isOld = !1, this.isReading.value = !1;
  };
  async read(address2) {
    let reading = new AbortController();
    this.reading = reading, this.isReading.value = !0;
    try {
      let answer = await this.ask(address2, reading.signal);
      if (this.reading !== reading) return;
      this.value.value = answer, this.problem.value = null;
    } catch (error) {
      if (this.reading !== reading || isAbort(error)) return;
      this.problem.value = asProblem(error);
    }
    this.reading = null, this.isReading.value = !1, this.isOld && (this.isOld = !1, this.read(address2));
  }
};
function useEnd(end, depends = []) {
  F2(() => end, depends);
}
function useAsking() {
  let asking2 = w2(() => new Asking(), []);
  return useEnd(asking2.end), asking2;
}
function useRest() {
  let wait = T2(void 0);
  return useEnd(() => clearTimeout(wait.current)), (act, ms) => {
    clearTimeout(wait.current), wait.current = setTimeout(act, ms);
  };
}
function useAnswer(address2) {
  let read5 = w2(() => new Read(), []), position = calm.value;
  return A2(() => read5.of(address2), [address2, position]), useEnd(read5.stop), read5;
}

// ui/logbar.tsx
var MOMENTS = 1e3, STEP = 400, NONE2 = [], isPlaying = y3(!1), axis = y3("time");
function drawn(moments, clock2) {
  let happened = ([, recorded, occurred]) => Math.min(recorded, occurred), rows = clock2 === "recorded" ? moments : [...moments].sort((a5, b3) => happened(a5) - happened(b3));
  return {
    length: rows.length,
    time: Float64Array.from(rows, (row) => (clock2 === "recorded" ? row[1] : happened(row)) / 1e3),
    flags: new Uint8Array(rows.length),
    keys: Float64Array.from(rows, (row) => clock2 === "recorded" ? row[0] : happened(row))
  };
}
function rankOf(keys, key) {
  let low = 0, high = keys.length;
  for (; low < high; ) {
    let middle = low + high >> 1;
    (keys[middle] ?? 0) <= key ? low = middle + 1 : high = middle;
  }
  return low - 1;
}
function LogBar({ past, path, query, choose, isByTime }) {
  let read5 = useAnswer(withQuery("/moments.json", { n: MOMENTS })), moments = useComputed(() => read5.value.value?.rows ?? NONE2), clock2 = past.clock.value, columns = w2(() => drawn(moments.value, clock2), [moments.value, clock2]), isNow = address.value.query.get("at") === null, at = isNow ? null : past.at.value, rank = at === null ? columns.length - 1 : rankOf(columns.keys, at), resting = T2(void 0);
  useEnd(() => clearTimeout(resting.current));
  let latest = T2({ columns, query, clock: clock2 });
  latest.current = { columns, query, clock: clock2 };
  let moveTo = (key) => {
    let now = latest.current, to = withQuery(path, { ...now.query, at: pointOf(now.clock, key) });
    past.folded === null || past.folded.clock !== now.clock || address.peek().query.get("at") === null ? go(to, "replace") : (past.moveTo(key), clearTimeout(resting.current), resting.current = setTimeout(() => go(to, "replace"), 300));
  }, toNow = () => {
    stop2(), clearTimeout(resting.current), go(withQuery(path, { ...latest.current.query, at: null }), "replace");
  }, toRank = (to) => {
    let { keys } = latest.current.columns;
    keys.length !== 0 && (to >= keys.length - 1 ? toNow() : moveTo(keys[Math.max(0, to)] ?? 0));
  }, step = async (isForward) => {
    if (address.peek().query.get("at") === null) {
      if (isForward) return !1;
      await past.open(latest.current.clock === "recorded" ? "head" : pointOf("occurred", Date.now() * 1e3), latest.current.query);
    }
    if (!await past.anchored() || isForward && address.peek().query.get("at") === null) return !1;
    let found2 = await past.step(isForward);
    return found2 === void 0 ? (past.problem.peek() !== null || (isForward ? toNow() : notice.value = s4("Nothing changes before this.")), !1) : (moveTo(found2), !0);
  }, timer = T2(void 0), stop2 = () => {
    clearTimeout(timer.current), isPlaying.value = !1;
  }, play2 = () => {
    if (isPlaying.peek()) {
      stop2();
      return;
    }
    isPlaying.value = !0, address.peek().query.get("at") === null && toRank(0);
    let next = () => {
      timer.current = setTimeout(() => {
        isPlaying.peek() && step(!0).then((isOn) => isOn ? next() : stop2());
      }, STEP / speed.peek());
    };
    next();
  };
  useEnd(stop2), useKeys(
    (event) => {
      let act = (action2, event2) => {
        switch (action2) {
          case "next":
          case "before":
            return step(action2 === "next"), !0;
          case "first":
            return toRank(0), !0;
          case "last":
            return toNow(), !0;
          case "tenth":
            return toRank(Math.round((latest.current.columns.length - 1) * Number(event2.key) / 10)), !0;
          case "play":
            return play2(), !0;
          case "faster":
          case "slower":
            return hurry(action2 === "faster" ? 1 : -1), !0;
          default:
            return !1;
        }
      };
      if (isTyped(event) || event.defaultPrevented) return;
      let action = actionOf(event);
      action !== void 0 && (["play", "faster", "slower"].includes(action) || stop2(), act(action, event) && event.preventDefault());
    },
    [past, path]
  );
  let ms = at === null ? columns.time[columns.length - 1] ?? Number.NaN : clock2 === "occurred" ? at / 1e3 : columns.time[Math.max(0, rank)] ?? Number.NaN, where = isNow ? s4("now") : clock2 === "recorded" ? s4("position {}", at ?? "…") : day(ms), told2 = `${where}${Number.isNaN(ms) ? "" : `, ${day(ms)} ${clock(ms)}`}`, other2 = clock2 === "occurred" ? "recorded" : "occurred", toClock = (to) => {
    stop2();
    let from = drawn(moments.peek(), to), near = from.keys[Math.max(0, Math.min(from.length - 1, rank))], point = isNow || near === void 0 ? null : pointOf(to, near);
    if (choose !== void 0) {
      (isNow || point !== null) && choose(to, point);
      return;
    }
    past.clock.value = to, past.folded = null, point !== null && go(withQuery(path, { ...query, at: point }), "replace");
  };
  return /* @__PURE__ */ a4(
    Bar,
    {
      class: isNow ? "log" : "log past",
      columns,
      version: columns,
      axis: axis.value,
      at: rank,
      slider: { name: s4("Moment of the log"), min: 0, max: Math.max(0, columns.length - 1), now: Math.max(0, rank), told: told2 },
      steps: {
        before: s4("The change before"),
        beforeTitle: s4("The change before (←)"),
        next: s4("The next change"),
        nextTitle: s4("The next change (→)"),
        isFirst: !1,
        isLast: isNow
      },
      isPlaying: isPlaying.value,
      step: (isForward) => {
        step(isForward);
      },
      play: play2,
      stop: stop2,
      go: (event) => toRank(event - 1),
      unit: "moment",
      children: [
        /* @__PURE__ */ a4("span", { class: "number", children: where }),
        /* @__PURE__ */ a4("span", { class: "number", children: Number.isNaN(ms) ? "…" : isNow || clock2 === "recorded" ? `${day(ms)} ${clock(ms)}` : clock(ms) }),
        /* @__PURE__ */ a4("div", { class: "axes", children: [
          isByTime !== !0 && /* @__PURE__ */ a4("button", { type: "button", class: "axis", title: s4("What a moment means"), onClick: () => toClock(other2), children: clock2 === "occurred" ? s4("as it happened") : s4("as recorded") }),
          /* @__PURE__ */ a4("button", { type: "button", class: "axis", onClick: () => axis.value = axis.value === "events" ? "time" : "events", title: s4("What the bar's width means"), children: axis.value === "events" ? s4("by event") : s4("by time") })
        ] })
      ]
    }
  );
}

// ui/parts.tsx
function Link({ to, children, ...rest }) {
  return /* @__PURE__ */ a4("a", { href: to, onClick: (event) => {
    event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || (event.preventDefault(), go(to));
  }, ...rest, children });
}
function Status({ status }) {
  return /* @__PURE__ */ a4("span", { class: `status ${columnOf(status)}`, children: [
    /* @__PURE__ */ a4("span", { "aria-hidden": "true", class: "glyph", children: glyphOf(status) }),
    line(status)
  ] });
}
function Trouble({ problem: problem2, retry, retryName }) {
  return /* @__PURE__ */ a4("div", { class: "trouble", role: "alert", children: [
    /* @__PURE__ */ a4("strong", { children: line(problem2.message) }),
    problem2.details.map((detail) => /* @__PURE__ */ a4("span", { children: line(detail) }, detail)),
    problem2.hint !== null && /* @__PURE__ */ a4("span", { children: line(problem2.hint) }),
    retry !== void 0 && /* @__PURE__ */ a4("button", { type: "button", onClick: retry, children: retryName ?? s4("Try again") })
  ] });
}
function Tabs({ label, tabs, chosen, choose }) {
  let row = T2(null);
  return /* @__PURE__ */ a4("div", { class: "tabs", role: "tablist", "aria-label": label, ref: row, onKeyDown: (event) => {
    let by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault(), event.stopPropagation();
    let at = tabs.findIndex(([tab]) => tab === chosen), next = tabs[(at + by + tabs.length) % tabs.length];
    next !== void 0 && (choose(next[0]), row.current?.querySelectorAll("button")[tabs.indexOf(next)]?.focus());
  }, children: tabs.map(([tab, name]) => /* @__PURE__ */ a4("button", { type: "button", role: "tab", "aria-selected": tab === chosen, tabIndex: tab === chosen ? 0 : -1, onClick: () => choose(tab), children: say(name) }, tab)) });
}
function Sheet({ title, close, children, isWide }) {
  let box = T2(null), isGone = T2(!1);
  F2(() => {
    let node = box.current;
    return node?.showModal(), node?.querySelector("input")?.focus(), () => {
      isGone.current = !0, node?.close();
    };
  }, []);
  let closed = () => {
    isGone.current || close();
  };
  return /* @__PURE__ */ a4("dialog", { class: `sheet${isWide === !0 ? " wide-sheet" : ""}`, ref: box, onCancel: closed, onClose: closed, "aria-label": title, children: [
    /* @__PURE__ */ a4("header", { children: [
      /* @__PURE__ */ a4("h2", { children: title }),
      /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: close, "aria-label": s4("Close"), children: "✕" })
    ] }),
    children
  ] });
}
function useTyped(known) {
  let box = T2(null), sent = T2(known);
  return F2(() => {
    box.current !== null && known !== sent.current && (box.current.value = known), sent.current = known;
  }, [known]), { box, sent };
}

// ui/pool.tsx
var HEIGHT_MAX = 8e6, SLOTS = 30;
function pixels(rem) {
  return rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize || "16");
}
function Pool({ count: count2, rem, seen, label, onEnd, children }) {
  let box = T2(null), [view, setView] = d2(null), { first: top, slots: fitting, shift: moved } = view ?? { first: Math.max(0, Math.min((seen ?? 0) - SLOTS / 2, count2 - SLOTS)), slots: SLOTS, shift: 0 }, height = Math.max(1, Math.round(pixels(rem))), whole = count2 * height, capped = Math.min(whole, HEIGHT_MAX), latest = T2({ count: count2, whole, capped, height, onEnd });
  latest.current = { count: count2, whole, capped, height, onEnd };
  let look = () => {
    let node = box.current, now = latest.current;
    if (node === null || now.count === 0) return;
    let room = Math.max(1, now.capped - node.clientHeight), scale = Math.max(0, now.whole - node.clientHeight) / room, top2 = now.whole > now.capped ? node.scrollTop * scale : node.scrollTop, slots2 = Math.ceil(node.clientHeight / now.height) + 2, first = Math.max(0, Math.min(Math.floor(top2 / now.height), now.count - slots2 + 1)), shift = node.scrollTop - top2;
    setView((old) => old?.first === first && old.slots === slots2 && old.shift === shift ? old : { first, slots: slots2, shift }), first + slots2 >= now.count - 5 && now.onEnd?.();
  };
  F2(look, [count2, height]), A2(() => {
    let node = box.current;
    if (node === null) return;
    let watcher = new ResizeObserver(look);
    return watcher.observe(node), () => watcher.disconnect();
  }, []), F2(() => {
    let node = box.current;
    if (node === null || seen === void 0) return;
    let now = latest.current, scale = now.whole > now.capped ? Math.max(1, now.whole - node.clientHeight) / Math.max(1, now.capped - node.clientHeight) : 1, top2 = seen * now.height, shown = node.scrollTop * scale;
    top2 < shown + now.height ? node.scrollTop = Math.max(0, top2 - now.height * 2) / scale : top2 + now.height * 2 > shown + node.clientHeight && (node.scrollTop = (top2 + now.height * 3 - node.clientHeight) / scale), look();
  }, [seen, count2]);
  let slots = [];
  for (let slot = 0; slot < Math.min(fitting, count2 - top); slot += 1) {
    let index = top + slot;
    slots.push(
      k(
        "div",
        {
          class: "slot",
          key: slot,
          role: "listitem",
          "aria-setsize": count2,
          "aria-posinset": index + 1,
          style: { transform: `translateY(${index * height + moved}px)`, height: `${height}px` }
        },
        children(index)
      )
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ a4("div", { class: "pool", ref: box, onScroll: look, role: "list", "aria-label": label, tabIndex: 0, children: /* @__PURE__ */ a4("div", { class: "pool-size", style: { height: `${capped}px` }, role: "presentation", children: slots }) })
  );
}

// ui/sessions.tsx
var SORTS = [
  ["updated", "last updated"],
  ["created", "youngest"],
  ["duration", "longest"],
  ["files", "most files"],
  ["file", "as in the files"]
], FILTERS = ["at", "status", "type", "workspace", "tag", "q", "sort"];
function filterOf(query) {
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
}
function refine(path, query, changed) {
  go(withQuery(path, { ...filterOf(query), ...changed }), "replace");
}
function useList(page) {
  let list2 = w2(() => new List(page), [page]), past = w2(() => new Past(), []), { query } = address.value, key = FILTERS.filter((name) => name !== "at").map((name) => query.get(name) ?? "").join(`
`), news = live.value, at = query.get("at");
  return A2(() => {
    let asked = filterOf(address.peek().query);
    at === null ? (past.folded = null, list2.read(asked)) : past.folded !== null && isFoldable(asked) && !past.isFiltered && past.foldedKey === at ? past.refine({ ...asked, at: null }) : (past.foldedKey = at, past.open(at, { ...asked, at: null }));
  }, [list2, past, key, at, at === null ? news?.position : null]), { list: at === null ? list2 : past, past };
}
function momentOf(query, past) {
  let at = query.get("at");
  return at === null || past.at.value === null || past.folded === null ? at : pointOf(past.clock.value, past.at.value);
}
function again(list2, query) {
  let asked = filterOf(query);
  list2 instanceof Past ? list2.open(query.get("at") ?? "head", { ...asked, at: null }) : list2.read(asked);
}
function SearchBox({ path }) {
  let { query } = address.value, known = query.get("q") ?? "", { box, sent } = useTyped(known);
  useKeys((event) => {
    isTyped(event) || actionOf(event) !== "filter" || (event.preventDefault(), box.current?.focus());
  }, []);
  let rest = useRest();
  return /* @__PURE__ */ a4(
    "input",
    {
      ref: box,
      type: "search",
      placeholder: s4("task, id or agent"),
      "aria-label": s4("Only sessions with this in their task, id or an agent's name"),
      defaultValue: known,
      onInput: (event) => {
        let text2 = event.currentTarget.value;
        rest(() => {
          sent.current = text2, refine(path, address.peek().query, { q: text2 });
        }, 120);
      },
      onKeyDown: (event) => {
        event.key === "Escape" && event.currentTarget.blur();
      }
    }
  );
}
function Facets({ list: list2, path, field, label }) {
  let { query } = address.value, chosen = query.get(field), sums = /* @__PURE__ */ new Map();
  for (let counted2 of list2.counts.value) sums.set(counted2[field], (sums.get(counted2[field]) ?? 0) + counted2.count);
  chosen !== null && !sums.has(chosen) && sums.set(chosen, 0);
  let all = [...sums].sort(([, a5], [, b3]) => b3 - a5).slice(0, 12);
  return all.length === 0 && team.value !== null ? null : /* @__PURE__ */ a4("div", { class: "facet", role: "group", "aria-label": label, children: [
    /* @__PURE__ */ a4("span", { class: "facet-name", children: label }),
    all.map(([value, sum]) => /* @__PURE__ */ a4(
      "button",
      {
        type: "button",
        class: field === "status" ? `chip ${columnOf(value)}` : "chip",
        "aria-pressed": chosen === value,
        onClick: () => refine(path, query, { [field]: chosen === value ? null : value }),
        children: [
          line(value),
          " ",
          /* @__PURE__ */ a4("span", { class: "number dim", children: sum })
        ]
      },
      value
    ))
  ] });
}
var marked = y3(null);
function SessionsScreen() {
  let { query, path } = address.value, { list: list2, past } = useList(200), chosen = w2(() => y3(-1), [list2]), rows = list2.rows.value;
  useKeys(
    (event) => {
      if (isTyped(event)) return;
      let by = event.key === "j" || event.key === "ArrowDown" ? 1 : event.key === "k" || event.key === "ArrowUp" ? -1 : 0, known = list2.rows.peek();
      if (by !== 0)
        chosen.value = Math.min(known.length - 1, Math.max(0, chosen.peek() + by)), event.preventDefault();
      else if (actionOf(event) === "change" || actionOf(event) === "tag") {
        let row = known[chosen.peek()];
        row !== void 0 && askOf(row, actionOf(event) === "tag" ? "tags" : "status") && event.preventDefault();
      } else if (actionOf(event) === "markForCompare") {
        let row = known[chosen.peek()];
        if (row === void 0) return;
        let other2 = marked.peek();
        other2 === null || other2 === row.name.full ? (marked.value = other2 === null ? row.name.full : null, notice.value = other2 === null ? s4("Marked {}: v on another one compares them.", row.name.short) : s4("No session is marked.")) : (marked.value = null, go(withQuery("/compare", { a: other2, b: row.name.full, at: address.peek().query.get("at") })));
      } else if (event.key === "Enter" && !(event.target instanceof HTMLElement && event.target.closest("a, button") !== null)) {
        let row = known[chosen.peek()];
        row !== void 0 && open2(row, address.peek().query.get("at"));
      }
    },
    [list2]
  );
  let at = momentOf(query, past), now = instantOf(list2, past, at), isFiltered = ["q", "status", "type", "workspace", "tag"].some((name) => query.get(name));
  return /* @__PURE__ */ a4("main", { class: "list-screen", "aria-busy": list2.isReading.value, children: [
    /* @__PURE__ */ a4("h1", { class: "spoken", children: s4("Sessions") }),
    /* @__PURE__ */ a4("div", { class: "filters", children: [
      /* @__PURE__ */ a4("strong", { class: "total", children: list2.total.value === null ? "…" : count(list2.total.value, "session") }),
      /* @__PURE__ */ a4(SearchBox, { path }),
      /* @__PURE__ */ a4("label", { class: "sort", children: [
        /* @__PURE__ */ a4("span", { children: s4("sort") }),
        /* @__PURE__ */ a4(
          "select",
          {
            value: query.get("sort") ?? "updated",
            onChange: (event) => refine(path, query, { sort: event.currentTarget.value === "updated" ? null : event.currentTarget.value }),
            children: SORTS.map(([value, name]) => /* @__PURE__ */ a4("option", { value, children: s4(name) }, value))
          }
        )
      ] }),
      /* @__PURE__ */ a4(Facets, { list: list2, path, field: "status", label: s4("status") }),
      /* @__PURE__ */ a4(Facets, { list: list2, path, field: "type", label: s4("type") })
    ] }),
    list2.problem.value !== null && /* @__PURE__ */ a4(Trouble, { problem: list2.problem.value, retry: () => again(list2, query) }),
    rows.length === 0 && list2.total.value !== null && !list2.isReading.value && list2.problem.value === null && /* @__PURE__ */ a4(Nothing, { isFiltered, at, clear: () => refine(path, query, { q: null, status: null, type: null, workspace: null, tag: null }) }),
    rows.length > 0 && /* @__PURE__ */ a4("div", { class: `table${list2.isReading.value ? " old" : ""}`, children: [
      /* @__PURE__ */ a4("div", { class: "row heads", "aria-hidden": "true", children: [
        /* @__PURE__ */ a4("span", { children: s4("session") }),
        /* @__PURE__ */ a4("span", { children: s4("status") }),
        /* @__PURE__ */ a4("span", { children: s4("task") }),
        /* @__PURE__ */ a4("span", { class: "type", children: s4("type") }),
        /* @__PURE__ */ a4("span", { class: "right", children: s4("agents") }),
        /* @__PURE__ */ a4("span", { class: "right", children: s4("messages") }),
        /* @__PURE__ */ a4("span", { class: "right files", children: s4("files") }),
        /* @__PURE__ */ a4("span", { class: "right length", children: s4("duration") }),
        /* @__PURE__ */ a4("span", { class: "right", children: s4("updated") })
      ] }),
      /* @__PURE__ */ a4(Pool, { count: rows.length, rem: 2.25, ...chosen.value < 0 ? {} : { seen: chosen.value }, label: s4("Sessions"), onEnd: () => {
        list2.more();
      }, children: (index) => {
        let row = rows[index];
        return row === void 0 ? null : /* @__PURE__ */ a4(Row, { row, at, now, isChosen: index === chosen.value, isMarked: row.name.full === marked.value });
      } })
    ] }),
    team.value === null && /* @__PURE__ */ a4(LogBar, { past, path, query: filterOf(query) })
  ] });
}
function askOf(row, part3) {
  return address.peek().query.get("at") !== null ? (notice.value = t4().cannotChangePast, !0) : (changing.value = { part: part3, subject: { name: row.name, task: row.task, revision: row.revision, status: row.status, tags: row.tags } }, !0);
}
function linkOf(row, at) {
  return withQuery(sessionPath(row.name.full), { at: at === null ? null : at });
}
function open2(row, at) {
  go(linkOf(row, at));
}
function Row({ row, at, now, isChosen, isMarked }) {
  let updated = timeOf(row.updated_at);
  return /* @__PURE__ */ a4(Link, { to: linkOf(row, at), class: `row${isChosen ? " chosen" : ""}`, children: [
    /* @__PURE__ */ a4("span", { class: "id", title: row.name.full, children: [
      isMarked && "◆ ",
      line(row.name.short)
    ] }),
    /* @__PURE__ */ a4(Status, { status: standingOf(row, now) }),
    /* @__PURE__ */ a4("span", { class: "task", children: [
      row.tags.map((tag) => /* @__PURE__ */ a4("span", { class: "tag", children: line(tag) }, tag)),
      line(row.task) || /* @__PURE__ */ a4("span", { class: "dim", children: s4("no task") })
    ] }),
    /* @__PURE__ */ a4("span", { class: "type dim", children: line(row.type) }),
    /* @__PURE__ */ a4("span", { class: "right number agent-count", children: [
      row.instance_count,
      /* @__PURE__ */ a4("span", { class: "unit", children: [
        " ",
        s4("agents")
      ] })
    ] }),
    /* @__PURE__ */ a4("span", { class: "right number messages", children: [
      row.message_count,
      /* @__PURE__ */ a4("span", { class: "unit", children: [
        " ",
        s4("messages")
      ] })
    ] }),
    /* @__PURE__ */ a4("span", { class: "right number files", children: row.total_files_changed ?? "" }),
    /* @__PURE__ */ a4("span", { class: "right number length", children: row.total_duration === null ? "" : stretch(row.total_duration * 1e3) }),
    /* @__PURE__ */ a4("span", { class: "right number updated", title: Number.isNaN(updated) ? line(row.updated_at) : instant(updated), children: Number.isNaN(updated) ? line(row.updated_at) : at === null ? ago(updated, Date.now()) : instant(updated).slice(0, 16) })
  ] });
}
function Nothing({ isFiltered, at, clear }) {
  return isFiltered ? /* @__PURE__ */ a4("div", { class: "empty", children: [
    /* @__PURE__ */ a4("p", { children: s4("No session fits these filters.") }),
    /* @__PURE__ */ a4("button", { type: "button", onClick: clear, children: s4("Show all") })
  ] }) : at !== null ? /* @__PURE__ */ a4("p", { class: "empty", children: s4("There was no session yet.") }) : /* @__PURE__ */ a4("div", { class: "empty", children: [
    /* @__PURE__ */ a4("p", { children: s4("No sessions yet.") }),
    /* @__PURE__ */ a4("p", { children: [
      /* @__PURE__ */ a4("code", { children: "retold import ~/.ait42" }),
      " ",
      s4("takes in a history,"),
      " ",
      /* @__PURE__ */ a4("code", { children: "retold ui --demo" }),
      " ",
      s4("shows a sample.")
    ] })
  ] });
}

// ui/data.ts
var SEARCHED = ["q", "session", "what", "role", "agent", "type", "status", "workspace", "tag"];
function searchOf(query) {
  return Object.fromEntries(SEARCHED.map((name) => [name, query.get(name)]));
}
function dataOf(path, query) {
  let all = Object.fromEntries(query);
  switch (path) {
    case "/":
    case "/sessions":
    case "/board":
      return withQuery("/sessions.json", { ...filterOf(query), clock: query.get("clock") });
    case "/metrics": {
      let { what, ...rest } = all;
      return withQuery(what === "usage" ? "/usage.json" : "/metrics.json", rest);
    }
    case "/search":
      return withQuery("/search.json", searchOf(query));
    case "/compare":
    case "/sources":
      return withQuery(`${path}.json`, all);
    default:
      return withQuery(`${path}.json`, { at: query.get("at") });
  }
}

// ui/later.tsx
var more = y3(null), problem = y3(null), isReading = !1;
async function read3() {
  if (isReading || more.peek() !== null) return;
  isReading = !0, problem.value = null;
  let place = "/more.js";
  try {
    more.value = await import(place);
  } catch (error) {
    problem.value = asProblem(error);
  } finally {
    isReading = !1;
  }
}
function Later({ name, isQuiet, ...rest }) {
  A2(() => {
    read3();
  }, []);
  let There = more.value?.[name];
  return There !== void 0 ? k(There, "with" in rest ? rest.with : {}) : isQuiet === !0 ? null : /* @__PURE__ */ a4("main", { class: "only", "aria-busy": problem.value === null, children: [
    /* @__PURE__ */ a4("h1", { class: "spoken", children: "retold" }),
    problem.value !== null && /* @__PURE__ */ a4(Trouble, { problem: problem.value, retry: () => {
      read3();
    } })
  ] });
}

// ui/masked.tsx
var MASK = /\[masked: ([a-z0-9-]+)\]/g, AROUND = 40, SHOWN_MAX = 500;
function placesOf2(events) {
  let places = [], find = (revision, path, text2) => {
    for (let found2 of text2.matchAll(MASK)) {
      let end = found2.index + found2[0].length;
      places.push({ revision, rule: found2[1] ?? "", path, before: text2.slice(Math.max(0, found2.index - AROUND), found2.index), after: text2.slice(end, end + AROUND) });
    }
  }, walk = (revision, path, value) => {
    if (typeof value == "string") find(revision, path, value);
    else if (typeof value == "object" && value !== null)
      for (let [key, inner] of Object.entries(value)) {
        let below = path === "" ? key : `${path}/${key}`;
        find(revision, below, key), walk(revision, below, inner);
      }
  };
  for (let { revision, body, meta } of events)
    walk(revision, "", body), walk(revision, "meta", meta);
  return places;
}
function Places({ places, close }) {
  return /* @__PURE__ */ a4($, { children: [
    /* @__PURE__ */ a4("p", { class: "dim", children: s4("Each place is listed once, wherever else the page shows it. A secret that no rule knows is not found: read what you give away.") }),
    places.length === 0 && /* @__PURE__ */ a4("p", { class: "empty", children: s4("Nothing is masked in its events.") }),
    places.slice(0, SHOWN_MAX).map(({ revision, rule, path, before, after }, nth) => /* @__PURE__ */ a4(
      "button",
      {
        type: "button",
        class: "file-change masked-place",
        onClick: () => {
          go(withQuery(address.peek().path, { at: `r${revision}` })), close();
        },
        children: [
          /* @__PURE__ */ a4("span", { class: "number rev", children: [
            "r",
            revision
          ] }),
          /* @__PURE__ */ a4("span", { class: "dim", children: line(path) }),
          /* @__PURE__ */ a4("span", { class: "around", children: [
            line(before),
            /* @__PURE__ */ a4("mark", { children: line(rule) }),
            line(after)
          ] })
        ]
      },
      nth
    )),
    places.length > SHOWN_MAX && /* @__PURE__ */ a4("p", { class: "more", children: t4().more(places.length - SHOWN_MAX) }),
    /* @__PURE__ */ a4("p", { class: "dim", children: count(places.length, "place") })
  ] });
}
function MaskedSheet({ held: held2, close }) {
  return /* @__PURE__ */ a4(Sheet, { title: s4("What is masked"), close, isWide: !0, children: /* @__PURE__ */ a4(Places, { places: placesOf2(held2.events), close }) });
}

// ui/ansi.ts
var NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"], PLAIN2 = { colour: "", ground: "", bold: !1, dim: !1, underlined: !1 };
function classOf(pen) {
  let parts = [];
  return pen.colour !== "" && parts.push(`fg-${pen.colour}`), pen.ground !== "" && parts.push(`bg-${pen.ground}`), pen.bold && parts.push("bold"), pen.dim && parts.push("dim"), pen.underlined && parts.push("underlined"), parts.join(" ");
}
function select(pen, codes) {
  for (let at = 0; at < codes.length; at += 1) {
    let code = codes[at] ?? 0;
    code === 0 ? Object.assign(pen, PLAIN2) : code === 1 ? pen.bold = !0 : code === 2 ? pen.dim = !0 : code === 4 ? pen.underlined = !0 : code === 22 ? Object.assign(pen, { bold: !1, dim: !1 }) : code === 24 ? pen.underlined = !1 : code >= 30 && code <= 37 ? pen.colour = NAMES[code - 30] ?? "" : code === 39 ? pen.colour = "" : code >= 40 && code <= 47 ? pen.ground = NAMES[code - 40] ?? "" : code === 49 ? pen.ground = "" : code >= 90 && code <= 97 ? pen.colour = NAMES[code - 90] ?? "" : code >= 100 && code <= 107 ? pen.ground = NAMES[code - 100] ?? "" : (code === 38 || code === 48) && (at += codes[at + 1] === 5 ? 2 : 4);
  }
}
var SEQUENCE = /\u001b\[([0-9;]*)m/g;
function overwritten(text2) {
  if (!/[\r\b]/.test(text2)) return text2;
  let last = text2.replace(/\r+$/, ""), begun = last.slice(last.lastIndexOf("\r") + 1), kept = "";
  for (let letter of begun) kept = letter === "\b" ? kept.slice(0, -1) : kept + letter;
  return kept;
}
function lines(text2) {
  let pen = { ...PLAIN2 }, out = [];
  for (let raw of text2.split(`
`)) {
    let written = overwritten(raw), pieces = [], from = 0, push = (piece2) => {
      piece2 !== "" && pieces.push({ text: visible(piece2), class: classOf(pen) });
    };
    for (let found2 of written.matchAll(SEQUENCE))
      push(written.slice(from, found2.index)), select(
        pen,
        (found2[1] ?? "").split(";").map((code) => Number.parseInt(code, 10) || 0)
      ), from = found2.index + found2[0].length;
    push(written.slice(from)), out.push(pieces);
  }
  return out.length > 1 && out[out.length - 1]?.length === 0 && out.pop(), out;
}

// ui/talk.ts
var PAGES_MAX = 8, NEAR = 400, Talk = class {
  constructor(session) {
    this.session = session;
  }
  session;
  version = y3(0);
  problem = y3(null);
  isReading = y3(!1);
  agents = [];
  /** The pages in order. */
  pages = [];
  last = 0;
  /** The moment that was shown last. */
  shown = 0;
  /** The moment that is wanted once what is being read is there, and the last one then. */
  wanted = null;
  get from() {
    return this.pages[0]?.from ?? 0;
  }
  get to() {
    return this.pages.at(-1)?.to ?? 0;
  }
  get isThere() {
    return this.pages.length > 0;
  }
  get isFirst() {
    return this.pages[0]?.first ?? !1;
  }
  get isLast() {
    return this.to >= this.last;
  }
  /** All turns, those that two pages share put together, results with their calls. */
  turns() {
    let turns = [];
    for (let page of this.pages)
      for (let turn of page.rows) {
        let before = turns.at(-1);
        turn.is_continued && before !== void 0 ? turns[turns.length - 1] = { ...before, entries: [...before.entries, ...turn.entries], usage: joined(before.usage, turn.usage) } : turns.push(turn);
      }
    return turns;
  }
  /** Reads what is around a moment. While something is read, the latest one waits. */
  async show(revision, last) {
    if (this.isReading.peek()) {
      this.wanted = [revision, last];
      return;
    }
    await this.work(() => this.lead(revision, last));
  }
  async lead(revision, last) {
    let wasLast = this.isLast, grew = last > this.last;
    this.last = Math.max(last, this.last);
    let isHere = revision > this.from && revision <= this.to;
    if (this.isThere && (isHere || revision === this.shown)) {
      this.shown = revision, grew && wasLast && await this.refresh();
      return;
    }
    this.isThere && revision > this.to && revision - this.to < NEAR || await this.ask({ before: revision }, (page) => {
      this.pages = [page];
    });
    let known = -1;
    for (; !this.isLast && this.to > known && (known < 0 || this.to < revision); )
      known = this.to, await this.readOn();
    this.shown = revision;
  }
  /** Reads its last turns. */
  open() {
    return this.work(
      () => this.ask({}, (page) => {
        this.pages = [page];
      })
    );
  }
  async before() {
    !this.isThere || this.isFirst || this.from === 0 || await this.work(
      () => this.ask({ before: this.from }, (page) => {
        this.pages = [page, ...this.pages].slice(0, PAGES_MAX);
      })
    );
  }
  async after() {
    !this.isThere || this.isLast || await this.work(() => this.readOn());
  }
  readOn() {
    return this.ask({ after: this.to }, (page) => {
      this.pages = [...this.pages, page].slice(-PAGES_MAX);
    });
  }
  /** Reads the last page again: what is new may change what it says. */
  async refresh() {
    let known = this.pages.at(-1);
    known !== void 0 && await this.ask({ after: known.from }, (page) => {
      this.pages = [...this.pages.slice(0, -1), { ...page, first: known.first }];
    });
  }
  /** One thing at a time. */
  async work(act) {
    if (this.isReading.peek()) return;
    this.isReading.value = !0;
    try {
      await act(), this.problem.value = null;
    } catch (error) {
      this.problem.value = asProblem(error);
    } finally {
      this.isReading.value = !1;
    }
    let { wanted } = this;
    this.wanted = null, wanted !== null && await this.show(...wanted);
  }
  async ask(which, take) {
    let page = await get(withQuery(sessionPath(this.session, "/conversation.json"), which));
    take(page), this.last = Math.max(this.last, page.revisions), this.agents = page.agents, this.version.value += 1;
  }
};
function joined(one, other2) {
  let sums = one.map((usage) => ({ ...usage }));
  for (let usage of other2) {
    let known = sums.find((sum) => sum.model === usage.model);
    if (known === void 0) {
      sums.push(usage);
      continue;
    }
    for (let key of ["input", "cache_read", "cache_write", "output", "reasoning"]) known[key] += usage[key];
    known.micros = known.micros === null || usage.micros === null ? null : known.micros + usage.micros;
  }
  return sums;
}
function strays(turns) {
  let found2 = /* @__PURE__ */ new Map();
  for (let turn of turns) for (let entry of turn.entries) entry.entry === "returned" && found2.set(entry.call, entry.returned);
  return found2;
}
function wasLeft(entry, is, marks2, cursor) {
  return entry[is] && marks2.some((mark2) => mark2 > entry.revision && mark2 <= cursor);
}
function tookOf(call, entry, returned) {
  if (call.took !== null) return call.took;
  let took = timeOf(returned?.at) - timeOf(entry.at);
  return Number.isNaN(took) || took < 0 ? null : took;
}
function dollars(micros) {
  return micros < 5e3 ? `$${(micros / 1e6).toFixed(4)}` : `$${(micros / 1e6).toFixed(2)}`;
}
function tokens(number2) {
  return number2 < 1e3 ? String(number2) : number2 < 1e6 ? `${(number2 / 1e3).toFixed(number2 < 1e4 ? 1 : 0)}k` : `${(number2 / 1e6).toFixed(1)}M`;
}

// ui/call.tsx
var GLYPHS = { read: "▤", edit: "✎", delete: "⌫", move: "→", search: "⌕", execute: "❯", think: "…", fetch: "↓" }, OUTCOMES = {
  ok: ["✓", "completed"],
  error: ["✕", "failed"],
  denied: ["⊘", "paused"],
  cancelled: ["⊘", "other"]
};
function Folded2({ summary, class: name, children }) {
  let isOpen = useSignal(!1);
  return /* @__PURE__ */ a4("details", { class: name, onToggle: (event) => isOpen.value = event.currentTarget.open, children: [
    /* @__PURE__ */ a4("summary", { children: summary }),
    isOpen.value && /* @__PURE__ */ a4("div", { class: "inside", children: children() })
  ] });
}
function CallLine({
  call,
  entry,
  returned,
  isReturnedLater,
  session,
  agents,
  inner
}) {
  let took = tookOf(call, entry, returned), added = call.edits.reduce((sum, edit) => sum + (edit.added ?? 0), 0), removed = call.edits.reduce((sum, edit) => sum + (edit.removed ?? 0), 0), outcome = returned === null ? "no result" : isReturnedLater ? "running" : returned.outcome, [glyph, column] = OUTCOMES[outcome] ?? ["○", outcome === "running" ? "running" : "other"], summary = /* @__PURE__ */ a4($, { children: [
    /* @__PURE__ */ a4("span", { class: "tool-glyph", "aria-hidden": "true", children: GLYPHS[call.kind] ?? "•" }),
    /* @__PURE__ */ a4("strong", { children: line(call.name) }),
    /* @__PURE__ */ a4("span", { class: `subject${call.subject?.is === "text" ? "" : " mono"}`, children: line(call.subject?.text ?? "").slice(0, 400) }),
    call.edits.length > 0 && /* @__PURE__ */ a4("span", { class: "number", children: [
      /* @__PURE__ */ a4("span", { class: "plus", children: [
        "+",
        added
      ] }),
      " ",
      /* @__PURE__ */ a4("span", { class: "minus", children: [
        "−",
        removed
      ] })
    ] }),
    agents.length > 0 && /* @__PURE__ */ a4("span", { class: "tag", children: s4("sub-agent") }),
    took !== null && took >= 100 && !isReturnedLater && /* @__PURE__ */ a4("span", { class: "dim number", children: took < 1e4 ? `${(took / 1e3).toFixed(1)} s` : stretch(took) }),
    /* @__PURE__ */ a4("span", { class: `status ${column}`, children: [
      /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: glyph }),
      /* @__PURE__ */ a4("span", { class: outcome === "ok" ? "spoken" : "", children: line(outcome) })
    ] })
  ] });
  return /* @__PURE__ */ a4(Folded2, { class: "call", summary, children: () => /* @__PURE__ */ a4($, { children: [
    call.edits.map((edit, at) => /* @__PURE__ */ a4(Difference, { edit }, at)),
    /* @__PURE__ */ a4("div", { class: call.edits.length > 0 ? "" : "sides", children: [
      call.edits.length === 0 && /* @__PURE__ */ a4("section", { "aria-label": s4("Arguments"), children: [
        /* @__PURE__ */ a4("h3", { children: s4("arguments") }),
        /* @__PURE__ */ a4(Whole, { text: call.input, session, as: "code" })
      ] }),
      /* @__PURE__ */ a4("section", { "aria-label": s4("Result"), class: isReturnedLater ? "later" : "", children: [
        /* @__PURE__ */ a4("h3", { children: [
          s4("result"),
          returned !== null && ` · r${returned.revision}`
        ] }),
        returned === null ? /* @__PURE__ */ a4("p", { class: "dim", children: s4("Nothing was returned.") }) : /* @__PURE__ */ a4(Whole, { text: returned.output, session, as: "terminal" })
      ] })
    ] }),
    agents.map((agent) => /* @__PURE__ */ a4(SubAgent, { agent, inner }, agent.name.full))
  ] }) });
}
function SubAgent({ agent, inner }) {
  let talk = w2(() => new Talk(agent.name.full), [agent.name.full]), isOpen = useSignal(!1);
  return /* @__PURE__ */ a4("section", { class: "sub-agent", "aria-label": s4("Sub-agent {}", line(agent.name.short)), children: [
    /* @__PURE__ */ a4("header", { children: [
      /* @__PURE__ */ a4(Status, { status: agent.status }),
      /* @__PURE__ */ a4("span", { class: "task", children: line(agent.task) || s4("no task") }),
      /* @__PURE__ */ a4(
        "button",
        {
          type: "button",
          "aria-expanded": isOpen.value,
          onClick: () => {
            isOpen.value = !isOpen.value, isOpen.value && !talk.isThere && talk.open();
          },
          children: isOpen.value ? s4("close") : s4("open here")
        }
      ),
      /* @__PURE__ */ a4(Link, { to: sessionPath(agent.name.full), children: s4("go to it") })
    ] }),
    isOpen.value && inner(talk)
  ] });
}
function Difference({ edit }) {
  let what = edit.is === "deleted" ? s4("deleted") : edit.is === "written" ? s4("written") : "";
  return /* @__PURE__ */ a4("figure", { class: "difference", children: [
    /* @__PURE__ */ a4("figcaption", { children: [
      /* @__PURE__ */ a4("span", { class: "mono", children: line(edit.path ?? s4("a file")) }),
      " ",
      /* @__PURE__ */ a4("span", { class: "dim", children: what }),
      /* @__PURE__ */ a4("span", { class: "end number", children: [
        /* @__PURE__ */ a4("span", { class: "plus", children: [
          "+",
          edit.added ?? "?"
        ] }),
        " ",
        /* @__PURE__ */ a4("span", { class: "minus", children: [
          "−",
          edit.removed ?? "?"
        ] })
      ] })
    ] }),
    /* @__PURE__ */ a4("div", { class: "lines", tabIndex: 0, role: "group", "aria-label": s4("What changed, line by line"), children: edit.lines.map(([mark2, text2], at) => /* @__PURE__ */ a4("div", { class: mark2 === "+" ? "added" : mark2 === "-" ? "removed" : mark2 === "…" ? "gap" : "", children: [
      /* @__PURE__ */ a4("span", { class: "sign", "aria-hidden": "true", children: mark2 }),
      mark2 === "+" && /* @__PURE__ */ a4("span", { class: "spoken", children: [
        s4("added"),
        " "
      ] }),
      mark2 === "-" && /* @__PURE__ */ a4("span", { class: "spoken", children: [
        s4("removed"),
        " "
      ] }),
      visible(text2)
    ] }, at)) }),
    edit.is_cut && /* @__PURE__ */ a4("p", { class: "dim", children: s4("More than is shown here: the event has all of it.") })
  ] });
}
function Whole({ text: text2, session, as }) {
  let all = useSignal(null);
  if (text2.erased !== void 0) return /* @__PURE__ */ a4("p", { class: "dim", children: [
    "(",
    line(text2.erased),
    ")"
  ] });
  let tail = text2.tail ?? "", left = text2.bytes - new TextEncoder().encode(text2.head + tail).length, load = () => {
    get(withQuery(sessionPath(session, `/texts/${text2.position}.json`), {})).then((answer) => {
      all.value = answer.text;
    }).catch((error) => {
      notice.value = asProblem(error).message;
    });
  }, shown = all.value ?? text2.head;
  return /* @__PURE__ */ a4($, { children: [
    shown === "" && /* @__PURE__ */ a4("p", { class: "dim", children: s4("Empty.") }),
    shown !== "" && /* @__PURE__ */ a4(Raw, { text: shown, as }),
    all.value === null && left > 0 && /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: load, children: s4("{} more: show all", size(left)) }),
    all.value === null && tail !== "" && /* @__PURE__ */ a4(Raw, { text: tail, as })
  ] });
}
function Raw({ text: text2, as }) {
  let rows = w2(() => as === "terminal" ? lines(text2) : [], [text2, as]);
  return as === "code" ? /* @__PURE__ */ a4("pre", { class: "raw-text", children: visible(pretty(text2)) }) : /* @__PURE__ */ a4("pre", { class: "raw-text terminal-text", children: rows.map((pieces, nth) => /* @__PURE__ */ a4("span", { children: [
    pieces.map((part3, at) => /* @__PURE__ */ a4("span", { class: part3.class, children: part3.text }, at)),
    `
`
  ] }, nth)) });
}
function pretty(text2) {
  if (!text2.trimStart().startsWith("{")) return text2;
  try {
    let read5 = JSON.parse(text2), told2 = (value) => typeof value == "string" ? value : JSON.stringify(value, null, 2);
    return Object.entries(read5).map(([key, value]) => {
      let words2 = told2(value);
      return words2.includes(`
`) ? `${key}:
${words2.replace(/^/gm, "  ")}` : `${key}: ${words2}`;
    }).join(`
`);
  } catch {
    return text2;
  }
}

// ui/markdown.ts
var FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/, HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/, RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/, QUOTE = /^ {0,3}> ?/, ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:[ \t]+|$)/, TASK = /^\[([ xX])\][ \t]+/, DIVIDER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
function blocks(text2) {
  return read4(text2.replace(/\r\n?/g, `
`).split(`
`), 0);
}
function read4(lines2, depth) {
  let found2 = [], paragraph = [], end = () => {
    paragraph.length > 0 && found2.push({ is: "paragraph", text: inline(paragraph.join(`
`)) }), paragraph = [];
  }, at = 0;
  for (; at < lines2.length; ) {
    let line2 = lines2[at] ?? "", fence = FENCE.exec(line2), heading = HEADING.exec(line2), item = ITEM.exec(line2);
    if (line2.trim() === "")
      end(), at += 1;
    else if (fence !== null) {
      end();
      let mark2 = fence[1] ?? "```", body = [];
      for (at += 1; at < lines2.length && !closes(lines2[at] ?? "", mark2); )
        body.push(lines2[at] ?? ""), at += 1;
      at += 1, found2.push({ is: "code", language: (fence[2] ?? "").trimEnd(), text: body.join(`
`) });
    } else if (heading !== null) {
      end();
      let words2 = (heading[2] ?? "").trimEnd().replace(/[ \t]#{1,6}$/, "");
      found2.push({ is: "heading", level: heading[1]?.length ?? 1, text: inline(words2.trim()) }), at += 1;
    } else if (RULE.test(line2))
      end(), found2.push({ is: "rule" }), at += 1;
    else if (QUOTE.test(line2) && depth < 8) {
      end();
      let inside = [];
      for (; at < lines2.length && QUOTE.test(lines2[at] ?? ""); )
        inside.push((lines2[at] ?? "").replace(QUOTE, "")), at += 1;
      found2.push({ is: "quote", inside: read4(inside, depth + 1) });
    } else if (item !== null && depth < 8 && (paragraph.length === 0 || /^[-*+]|^1[.)]/.test(item[2] ?? "")))
      end(), at = list(lines2, at, depth, found2);
    else if (paragraph.length === 0 && line2.includes("|") && DIVIDER.test(lines2[at + 1] ?? "") && (lines2[at + 1] ?? "").includes("-")) {
      let head = cells(line2), rows = [];
      for (at += 2; at < lines2.length && (lines2[at] ?? "").trim() !== "" && (lines2[at] ?? "").includes("|"); )
        rows.push(cells(lines2[at] ?? "")), at += 1;
      found2.push({ is: "table", head, rows });
    } else
      paragraph.push(line2), at += 1;
  }
  return end(), found2;
}
function closes(line2, mark2) {
  let there = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line2)?.[1];
  return there !== void 0 && there[0] === mark2[0] && there.length >= mark2.length;
}
function list(lines2, from, depth, found2) {
  let kind = (mark3) => /\d/.test(mark3) ? mark3.slice(-1) : mark3, mark2 = ITEM.exec(lines2[from] ?? "")?.[2] ?? "-", items = [], at = from;
  for (; at < lines2.length; ) {
    let begin3 = ITEM.exec(lines2[at] ?? "");
    if (begin3 === null || kind(begin3[2] ?? "") !== kind(mark2) || RULE.test(lines2[at] ?? "")) break;
    let width = Math.min(begin3[0].length, (begin3[1]?.length ?? 0) + (begin3[2]?.length ?? 1) + 4), text2 = (lines2[at] ?? "").slice(width), task = TASK.exec(text2);
    task !== null && (text2 = text2.slice(task[0].length));
    let inside = [text2];
    for (at += 1; at < lines2.length; ) {
      let line2 = lines2[at] ?? "", indent = line2.length - line2.trimStart().length;
      if (line2.trim() === "") {
        let next = lines2[at + 1] ?? "";
        if (next.trim() === "" || next.length - next.trimStart().length < 2) break;
        inside.push("");
      } else if (indent >= Math.min(width, 2)) inside.push(line2.slice(Math.min(indent, width)));
      else {
        if (ITEM.test(line2) || QUOTE.test(line2) || FENCE.test(line2) || HEADING.test(line2) || RULE.test(line2)) break;
        inside.push(line2);
      }
      at += 1;
    }
    items.push({ done: task === null ? null : task[1] !== " ", inside: read4(inside, depth + 1) }), (lines2[at] ?? "x").trim() === "" && ITEM.test(lines2[at + 1] ?? "") && (at += 1);
  }
  return found2.push({ is: "list", start: /\d/.test(mark2) ? Number.parseInt(mark2, 10) : null, items }), at;
}
function cells(line2) {
  let inside = line2.trim().replace(/^\|/, "").replace(/\|$/, ""), found2 = [""], isCode = !1;
  for (let at = 0; at < inside.length; at += 1) {
    let letter = inside[at] ?? "";
    letter === "`" && (isCode = !isCode), letter === "\\" && inside[at + 1] === "|" ? (found2[found2.length - 1] += "|", at += 1) : letter === "|" && !isCode ? found2.push("") : found2[found2.length - 1] += letter;
  }
  return found2.slice(0, 24).map((cell) => inline(cell.trim()));
}
var MARKS = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "gone"],
  ["*", "em"],
  ["_", "em"]
];
function inline(text2, depth = 0) {
  let found2 = [], plain2 = "", end = () => {
    plain2 !== "" && found2.push({ is: "text", text: plain2 }), plain2 = "";
  }, known = /* @__PURE__ */ new Map(), seek = (what, from) => {
    let at2 = known.get(what);
    return (at2 === void 0 || at2 >= 0 && at2 < from) && (at2 = text2.indexOf(what, from), known.set(what, at2)), at2;
  }, at = 0;
  next: for (; at < text2.length; ) {
    let letter = text2[at] ?? "";
    if (letter === "\\" && /[!-/:-@[-`{-~]/.test(text2[at + 1] ?? "")) {
      plain2 += text2[at + 1], at += 2;
      continue;
    }
    if (letter === `
`) {
      let isHard = plain2.endsWith("  ");
      plain2 = plain2.trimEnd(), isHard ? (end(), found2.push({ is: "break" })) : plain2 += `
`, at += 1;
      continue;
    }
    if (letter === "`") {
      let ticks = 1;
      for (; text2[at + ticks] === "`"; ) ticks += 1;
      let mark2 = "`".repeat(ticks), close = seek(mark2, at + ticks);
      close > 0 ? (end(), found2.push({ is: "code", text: text2.slice(at + ticks, close).replace(/\n/g, " ") }), at = close + ticks) : (plain2 += mark2, at += ticks);
      continue;
    }
    if ((letter === "[" || letter === "!" && text2[at + 1] === "[") && depth < 8) {
      let from = letter === "!" ? at + 2 : at + 1, close = seek("](", from), last = close < 0 ? -1 : seek(")", close), words2 = close < 0 ? "" : text2.slice(from, close);
      if (last > 0 && words2.length < 1e3 && !words2.includes(`

`) && !words2.includes("[")) {
        end();
        let to = text2.slice(close + 2, last).trim();
        letter === "!" ? found2.push({ is: "text", text: `[image${words2 === "" ? "" : ` ${words2}`}: ${to}]` }) : found2.push({ is: "link", text: inline(words2, depth + 1), to }), at = last + 1;
        continue;
      }
    }
    for (let [mark2, is] of MARKS) {
      if (letter !== mark2[0] || !text2.startsWith(mark2, at) || depth >= 8) continue;
      let after = text2[at + mark2.length] ?? " ", before = text2[at - 1] ?? " ";
      if (/\s/.test(after) || mark2[0] === "_" && /[\p{L}\p{N}]/u.test(before)) break;
      let close = seek(mark2, at + mark2.length + 1);
      for (; mark2.length === 1 && close > 0 && text2[close + 1] === mark2 && text2[close - 1] !== mark2 && close - at <= 2e3; ) close = text2.indexOf(mark2, close + 2);
      if (close < 0 || /\s/.test(text2[close - 1] ?? "") || close - at > 2e3 || mark2[0] === "_" && /[\p{L}\p{N}]/u.test(text2[close + mark2.length] ?? " ")) break;
      end(), found2.push({ is, inside: inline(text2.slice(at + mark2.length, close), depth + 1) }), at = close + mark2.length;
      continue next;
    }
    plain2 += letter, at += 1;
  }
  return end(), found2;
}

// ui/prose.tsx
var PROSE_MAX = 64 * 1024;
function Prose({ text: text2 }) {
  return w2(() => text2.length > PROSE_MAX ? /* @__PURE__ */ a4("pre", { class: "plain", children: visible(text2) }) : /* @__PURE__ */ a4("div", { class: "text", children: blocks(text2).map(part2) }), [text2]);
}
function part2(block, key) {
  switch (block.is) {
    case "heading":
      return /* @__PURE__ */ a4("p", { class: `heading level-${block.level}`, children: block.text.map(piece) }, key);
    case "paragraph":
      return /* @__PURE__ */ a4("p", { children: block.text.map(piece) }, key);
    case "code":
      return /* @__PURE__ */ a4("pre", { children: [
        block.language !== "" && /* @__PURE__ */ a4("span", { class: "language", children: visible(block.language).slice(0, 24) }),
        visible(block.text)
      ] }, key);
    case "quote":
      return /* @__PURE__ */ a4("blockquote", { children: block.inside.map(part2) }, key);
    case "rule":
      return /* @__PURE__ */ a4("hr", {}, key);
    case "table":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        /* @__PURE__ */ a4("div", { class: "scrolls", tabIndex: 0, role: "group", "aria-label": s4("Table"), children: /* @__PURE__ */ a4("table", { children: [
          /* @__PURE__ */ a4("thead", { children: /* @__PURE__ */ a4("tr", { children: block.head.map((cell, at) => /* @__PURE__ */ a4("th", { scope: "col", children: cell.map(piece) }, at)) }) }),
          /* @__PURE__ */ a4("tbody", { children: block.rows.map((row, nth) => /* @__PURE__ */ a4("tr", { children: row.map((cell, at) => /* @__PURE__ */ a4("td", { children: cell.map(piece) }, at)) }, nth)) })
        ] }) }, key)
      );
    case "list": {
      let items = block.items.map((item, at) => /* @__PURE__ */ a4("li", { class: item.done === null ? "" : "task-item", children: [
        item.done !== null && /* @__PURE__ */ a4("span", { class: "box", children: [
          /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: item.done ? "☑" : "☐" }),
          /* @__PURE__ */ a4("span", { class: "spoken", children: item.done ? "done:" : "to do:" })
        ] }),
        item.inside.map(
          (inside, nth) => (
            // A line of an item is no paragraph of its own.
            inside.is === "paragraph" && item.inside.length === 1 ? inside.text.map(piece) : part2(inside, nth)
          )
        )
      ] }, at));
      return block.start === null ? /* @__PURE__ */ a4("ul", { children: items }, key) : /* @__PURE__ */ a4("ol", { start: block.start, children: items }, key);
    }
  }
}
function piece(token, key) {
  switch (token.is) {
    case "text":
      return visible(token.text);
    case "break":
      return /* @__PURE__ */ a4("br", {}, key);
    case "code":
      return /* @__PURE__ */ a4("code", { children: visible(token.text) }, key);
    case "strong":
      return /* @__PURE__ */ a4("strong", { children: token.inside.map(piece) }, key);
    case "em":
      return /* @__PURE__ */ a4("em", { children: token.inside.map(piece) }, key);
    case "gone":
      return /* @__PURE__ */ a4("s", { children: token.inside.map(piece) }, key);
    case "link": {
      let words2 = token.text.map((inside) => inside.is === "text" ? inside.text : "").join("");
      return /* @__PURE__ */ a4("span", { class: "address", children: [
        token.text.map(piece),
        words2 !== token.to && /* @__PURE__ */ a4("span", { class: "dim", children: [
          " (",
          visible(token.to),
          ")"
        ] })
      ] }, key);
    }
  }
}

// ui/then.ts
var REST = 120;
function useThen(session, entry, cursor, isPast) {
  let known = useSignal({ at: 0, text: null }), asking2 = useAsking(), isAsked = isPast && held === null && entry.entry === "message" && entry.edited && entry.revision <= cursor;
  return A2(() => {
    if (!isAsked) return;
    let wait = setTimeout(() => {
      let address2 = withQuery(sessionPath(session, "/conversation.json"), { at: `r${cursor}`, after: entry.revision - 1, n: 1 });
      asking2.ask(
        address2,
        ({ rows }) => {
          let found2 = rows.flatMap((turn) => turn.entries).find((other2) => other2.revision === entry.revision);
          known.value = { at: cursor, text: found2?.entry === "message" ? found2.text : null };
        },
        () => {
          known.value = { at: cursor, text: null };
        }
      );
    }, REST);
    return () => {
      clearTimeout(wait), asking2.end();
    };
  }, [session, entry.revision, cursor, isAsked]), isAsked ? known.value.text : null;
}

// ui/chat.tsx
var FOLDED = 3200, MODES = [
  ["all", "All"],
  ["prompts", "Prompts"],
  ["changes", "Changes"]
];
function Chat({ model }) {
  let talk = w2(() => new Talk(model.session), [model]), mode = w2(() => y3("all"), [model]), box = T2(null), [cursor, last] = [model.cursor.value, model.last.value], version = talk.version.value, isSeen = model.isSeen.value;
  A2(() => {
    cursor > 0 && isSeen && talk.show(cursor, last);
  }, [talk, cursor, last, isSeen]);
  let turns = w2(() => talk.turns(), [talk, version]), here = w2(() => {
    let found2 = 0;
    for (let turn of turns) for (let entry of turn.entries) entry.revision <= cursor && entry.revision > found2 && (found2 = entry.revision);
    return found2;
  }, [turns, cursor]), held2 = T2(null);
  F2(() => {
    let node = box.current;
    node !== null && held2.current !== null && (node.scrollTop += node.scrollHeight - held2.current), held2.current = null;
  }, [version]);
  let isFollowing = model.follows.value;
  A2(() => {
    let node = box.current;
    if (node === null || here === 0) return;
    let entry = node.querySelector(`[data-revision="${here}"]`);
    isFollowing && talk.isLast ? node.scrollTop = node.scrollHeight : entry?.scrollIntoView({ block: "nearest" });
  }, [here, mode.value, isFollowing, talk.isThere]);
  let scroll = () => {
    let node = box.current;
    node === null || talk.isReading.peek() || (node.scrollTop < 200 && !talk.isFirst ? (held2.current = node.scrollHeight, talk.before()) : node.scrollHeight - node.scrollTop - node.clientHeight < 400 && !talk.isLast && talk.after());
  };
  if (talk.problem.value !== null) return /* @__PURE__ */ a4(Trouble, { problem: talk.problem.value, retry: () => {
    talk.show(cursor, last);
  } });
  if (!talk.isThere) return /* @__PURE__ */ a4("p", { class: "empty", children: "…" });
  let when = {
    cursor,
    isPast: cursor < last,
    isLater: (revision) => revision > cursor,
    here,
    moveTo: (revision) => model.moveTo(revision),
    turnOf: (revision) => model.columns.turnOf(revision)
  };
  model.version.value;
  let cursorTime = model.columns.timeOf(cursor);
  return /* @__PURE__ */ a4($, { children: [
    /* @__PURE__ */ a4("div", { class: "chips modes", role: "group", "aria-label": s4("How much of the conversation"), children: MODES.map(([name, label]) => /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": mode.value === name, onClick: () => mode.value = name, children: s4(label) }, name)) }),
    /* @__PURE__ */ a4("div", { class: "chat", ref: box, tabIndex: 0, role: "log", "aria-label": s4("Conversation"), "aria-live": "off", onScroll: scroll, children: [
      turns.length === 0 && /* @__PURE__ */ a4("p", { class: "empty", children: s4("Nobody has said anything in this session.") }),
      !talk.isFirst && talk.from > 0 && /* @__PURE__ */ a4("button", { type: "button", class: "quiet more", onClick: () => {
        talk.before();
      }, children: s4("earlier") }),
      /* @__PURE__ */ a4(Turns, { turns, talk, when, mode, cursorTime, depth: 0 }),
      !talk.isLast && /* @__PURE__ */ a4("button", { type: "button", class: "quiet more", onClick: () => {
        talk.after();
      }, children: s4("later") })
    ] })
  ] });
}
var DEPTH_MAX = 3;
function Inner({ talk, cursorTime, mode, depth }) {
  if (talk.version.value, talk.problem.value !== null) return /* @__PURE__ */ a4(Trouble, { problem: talk.problem.value, retry: () => {
    talk.open();
  } });
  if (!talk.isThere) return /* @__PURE__ */ a4("p", { class: "empty", children: "…" });
  let when = { cursor: Number.MAX_SAFE_INTEGER, isPast: !1, isLater: (_4, at) => timeOf(at) > cursorTime, here: 0, moveTo: null, turnOf: null };
  return /* @__PURE__ */ a4("div", { class: "inner", children: [
    !talk.isFirst && /* @__PURE__ */ a4("button", { type: "button", class: "quiet more", onClick: () => {
      talk.before();
    }, children: s4("earlier") }),
    /* @__PURE__ */ a4(Turns, { turns: talk.turns(), talk, when, mode, cursorTime, depth })
  ] });
}
function Turns({ turns, talk, when, mode, cursorTime, depth }) {
  let returns = w2(() => strays(turns), [turns]), marks2 = w2(() => {
    let of = (is) => turns.flatMap((turn) => turn.entries.filter((entry) => entry.entry === is).map((entry) => entry.revision));
    return { rewound: of("rewound"), compacted: of("compacted") };
  }, [turns]), known = new Set(turns.flatMap((turn) => turn.entries.map((entry) => entry.entry === "call" ? entry.id : ""))), placed = (agent) => agent.call !== null && known.has(agent.call), inner = (inside) => depth < DEPTH_MAX ? /* @__PURE__ */ a4(Inner, { talk: inside, cursorTime, mode, depth: depth + 1 }) : null, date = "";
  return /* @__PURE__ */ a4($, { children: [
    turns.map((turn) => {
      let first = turn.entries[0], ms = timeOf(first?.at), isNewDay = !Number.isNaN(ms) && day(ms) !== date;
      isNewDay && (date = day(ms));
      let shown = turn.entries.filter((entry) => isShown(entry, mode.value));
      return shown.length === 0 && turn.usage.length === 0 ? null : /* @__PURE__ */ a4("section", { class: "turn-of-talk", "aria-label": first === void 0 ? s4("A turn") : s4("Turn at r{}", first.revision), children: [
        isNewDay && /* @__PURE__ */ a4("p", { class: "date", children: date }),
        shown.map((entry) => /* @__PURE__ */ a4(One, { entry, talk, when, returned: returnedOf(entry, returns), marks: marks2, inner }, `${entry.revision} ${entry.entry}`)),
        mode.value === "all" && /* @__PURE__ */ a4(Spent, { turn, number: first === void 0 ? 0 : when.turnOf?.(first.revision) ?? 0, isLater: first !== void 0 && when.isLater(first.revision, first.at) })
      ] }, first?.revision ?? "none");
    }),
    talk.agents.filter((agent) => !placed(agent) && talk.isFirst && talk.isLast).map((agent) => /* @__PURE__ */ a4(SubAgent, { agent, inner }, agent.name.full))
  ] });
}
function isShown(entry, mode) {
  return mode === "prompts" ? entry.entry === "message" && entry.role === "user" && entry.speaker === void 0 : mode === "changes" ? entry.entry === "call" && (entry.edits.length > 0 || ["edit", "delete", "move"].includes(entry.kind)) || entry.entry === "message" && entry.role === "user" : !0;
}
function returnedOf(entry, returns) {
  return entry.entry === "call" ? entry.returned ?? returns.get(entry.id) ?? null : null;
}
function Spent({ turn, number: number2, isLater }) {
  if (turn.usage.length === 0) return null;
  let sum = (of) => turn.usage.reduce((all, usage) => all + of(usage), 0), micros = turn.usage.every((usage) => usage.micros !== null) ? sum((usage) => usage.micros ?? 0) : null, read5 = sum((usage) => usage.input + usage.cache_read + usage.cache_write), cached = sum((usage) => usage.cache_read), told2 = turn.usage.map((usage) => `${usage.model}: ${usage.input} in, ${usage.cache_read} from cache, ${usage.cache_write} to cache, ${usage.output} out`).join(`
`);
  return /* @__PURE__ */ a4("p", { class: `spent number${isLater ? " later" : ""}`, title: visibleTitle(told2), children: [
    number2 > 0 && /* @__PURE__ */ a4("span", { children: s4("turn {}", number2) }),
    /* @__PURE__ */ a4("span", { children: [
      s4("{} tokens in", tokens(read5)),
      cached > 0 && read5 > 0 ? ` ${s4("({} % cached)", Math.round(cached / read5 * 100))}` : "",
      " · ",
      s4("{} out", tokens(sum((usage) => usage.output)))
    ] }),
    /* @__PURE__ */ a4("span", { children: micros === null ? s4("cost unknown") : s4("about {}", dollars(micros)) }),
    /* @__PURE__ */ a4("span", { class: "model", children: turn.usage.map((usage) => line(usage.model)).join(", ") })
  ] });
}
function visibleTitle(text2) {
  return text2.split(`
`).map(line).join(`
`);
}
function One({ entry, talk, when, returned, marks: marks2, inner }) {
  let isLater = when.isLater(entry.revision, entry.at), isBack = wasLeft(entry, "rewound", marks2.rewound, when.cursor), classes = `${isLater ? " later" : ""}${isBack ? " taken-back" : ""}${entry.revision === when.here ? " here" : ""}`, who = entry.speaker === void 0 ? "" : `#${entry.speaker.number}${entry.speaker.nth > 1 ? `~${entry.speaker.nth}` : ""}`, data = when.moveTo === null ? {} : { "data-revision": entry.revision };
  switch (entry.entry) {
    case "message":
      return /* @__PURE__ */ a4(Said, { entry, role: entry.role, text: entry.text, talk, when, classes, isBack, who });
    case "thinking":
      return /* @__PURE__ */ a4("div", { class: `quiet-part${classes}`, ...data, children: /* @__PURE__ */ a4(
        Folded2,
        {
          class: "thinking",
          summary: /* @__PURE__ */ a4($, { children: [
            /* @__PURE__ */ a4("em", { children: "thought" }),
            " ",
            /* @__PURE__ */ a4("span", { class: "subject dim", children: line(entry.text.head).slice(0, 160) }),
            /* @__PURE__ */ a4("span", { class: "dim number", children: size(entry.text.bytes) })
          ] }),
          children: () => /* @__PURE__ */ a4(Ends, { text: entry.text, talk })
        }
      ) });
    case "call":
      return /* @__PURE__ */ a4("div", { class: `quiet-part${classes}`, ...data, children: /* @__PURE__ */ a4(
        CallLine,
        {
          call: entry,
          entry,
          returned,
          isReturnedLater: !isLater && returned !== null && when.isLater(returned.revision, returned.at),
          session: talk.session,
          agents: talk.agents.filter((agent) => agent.call === entry.id),
          inner
        }
      ) });
    case "returned":
      return null;
    case "output": {
      let text2 = entry.text.tail ?? entry.text.head, lastLine = (lines(text2.trimEnd().split(`
`).at(-1) ?? "")[0] ?? []).map((part3) => part3.text).join("");
      return /* @__PURE__ */ a4("div", { class: `quiet-part${classes}`, ...data, children: /* @__PURE__ */ a4(
        Folded2,
        {
          class: "wrote",
          summary: /* @__PURE__ */ a4($, { children: [
            /* @__PURE__ */ a4("span", { class: "agent", children: who || "agent" }),
            " ",
            /* @__PURE__ */ a4("span", { class: "dim", children: "wrote" }),
            " ",
            /* @__PURE__ */ a4("span", { class: "subject mono", children: line(lastLine).slice(0, 240) }),
            /* @__PURE__ */ a4("span", { class: "dim number", children: size(entry.text.bytes) })
          ] }),
          children: () => /* @__PURE__ */ a4(Raw, { text: plain(entry.text), as: "terminal" })
        }
      ) });
    }
    default: {
      let note = noteOf(entry, who);
      return note === null ? null : /* @__PURE__ */ a4("p", { class: `note is-${entry.entry}${classes}`, ...data, children: note });
    }
  }
}
function noteOf(entry, who) {
  let whose = who === "" ? s4("session") : s4("agent {}", who);
  switch (entry.entry) {
    case "joined":
      return `${s4("{} joined", who === "" ? s4("an agent") : s4("agent {}", who))}${entry.speaker?.name ? `: ${line(entry.speaker.name)}` : ""}`;
    case "status":
      return `${whose}: ${line(entry.status)}${entry.inferred ? ` ${s4("(inferred)")}` : ""}`;
    case "titled":
      return s4("called: {}", line(entry.title));
    case "winner":
      return entry.number === null ? s4("the winner was taken back") : s4("agent #{} won", entry.number);
    case "compacted":
      return s4("compacted: the model goes on with a summary of {}", entry.messages === 0 ? s4("all before") : count(entry.messages, "message"));
    case "rewound":
      return s4("went back: {} taken back", count(entry.messages, "message"));
    case "deleted":
      return s4("the session was deleted");
    case "restored":
      return s4("the session was restored");
    case "erased":
      return `${line(entry.event)} (${line(entry.erased)})`;
    default:
      return null;
  }
}
function plain(text2) {
  let left = text2.bytes - new TextEncoder().encode(text2.head + (text2.tail ?? "")).length;
  return [text2.head, left > 0 ? `
… ${size(left)} more: tab Output has all of it …
` : "", text2.tail ?? ""].join("");
}
function Said({ entry, role: given, text: text2, talk, when, classes, isBack, who }) {
  let then = useThen(talk.session, entry, when.cursor, when.isPast), ms = timeOf(entry.at), role = given === "" ? "nobody" : given, known = ["user", "assistant", "system"].includes(role) ? role : "else";
  return /* @__PURE__ */ a4("article", { class: `said-by ${known}${classes}`, ...when.moveTo === null ? {} : { "data-revision": entry.revision }, children: [
    /* @__PURE__ */ a4("header", { children: [
      /* @__PURE__ */ a4("strong", { children: line(role) }),
      who !== "" && /* @__PURE__ */ a4("span", { class: "agent", children: [
        role === "user" ? "to " : "",
        who,
        " ",
        line(entry.speaker?.name ?? "")
      ] }),
      /* @__PURE__ */ a4("time", { class: "number", children: Number.isNaN(ms) ? "" : clock(ms).slice(0, 5) }),
      entry.entry === "message" && entry.edited && /* @__PURE__ */ a4("span", { class: "dim", children: then === null ? s4("edited") : s4("edited later") }),
      isBack && /* @__PURE__ */ a4("span", { class: "dim", children: s4("taken back") }),
      when.moveTo !== null && /* @__PURE__ */ a4("button", { type: "button", class: "to number", onClick: () => when.moveTo?.(entry.revision), title: s4("Go to the event"), children: [
        "r",
        entry.revision
      ] })
    ] }),
    /* @__PURE__ */ a4(Ends, { text: then ?? text2, talk }, then === null ? 0 : then.position)
  ] });
}
function Ends({ text: text2, talk }) {
  let all = useSignal(null), isOpen = useSignal(!1);
  if (text2.erased !== void 0) return /* @__PURE__ */ a4("p", { class: "dim", children: [
    "(",
    line(text2.erased),
    ")"
  ] });
  let tail = text2.tail ?? "", isCut = tail !== "" || new TextEncoder().encode(text2.head).length < text2.bytes, open3 = () => {
    isOpen.value = !isOpen.value, !(!isCut || all.value !== null) && get(withQuery(sessionPath(talk.session, `/texts/${text2.position}.json`), {})).then((answer) => {
      all.value = answer.text;
    }).catch((error) => {
      notice.value = asProblem(error).message;
    });
  };
  return isCut || text2.head.length > FOLDED ? /* @__PURE__ */ a4($, { children: [
    /* @__PURE__ */ a4(Prose, { text: isOpen.value ? all.value ?? text2.head : `${text2.head.slice(0, FOLDED)}…` }),
    !isOpen.value && tail !== "" && /* @__PURE__ */ a4(Prose, { text: `…${tail}` }),
    /* @__PURE__ */ a4("button", { type: "button", class: "unfold", onClick: open3, children: isOpen.value ? s4("less") : s4("all {}", size(text2.bytes)) })
  ] }) : /* @__PURE__ */ a4(Prose, { text: text2.head });
}

// ui/events.tsx
var FILTERS2 = [
  ["all", "All"],
  ["messages", "Messages"],
  ["errors", "Errors"],
  ["state", "State"]
];
function shortKind(kind) {
  return {
    OutputAppended: "Output",
    OutputReplaced: "Output",
    MessageAdded: "Message",
    SessionCreated: "Created",
    InstanceAdded: "Instance",
    InstanceRemoved: "Removed",
    ToolCalled: "Call",
    ToolReturned: "Result",
    StatusObserved: "Status",
    ContextCompacted: "Compacted",
    HistoryRewound: "Rewound"
  }[kind] ?? kind.replace(/^(Session|Instance)/, "").replace(/(Changed|Added|Recorded)$/, "");
}
function Events({ model }) {
  let filter = w2(() => y3("all"), [model]), closed = w2(() => y3(/* @__PURE__ */ new Set()), [model]), rows = w2(
    () => O(() => {
      model.version.value, model.last.value;
      let { columns } = model, only = filter.value, isShown2 = (revision) => {
        switch (only) {
          case "messages":
            return (columns.flagsOf(revision) & 2) !== 0;
          case "errors":
            return (columns.flagsOf(revision) & 1) !== 0;
          case "state":
            return !/Output|Message/.test(columns.kindOf(revision));
          default:
            return !0;
        }
      };
      return rowsOf(columns, closed.value, isShown2);
    }),
    [model]
  ), counts = w2(
    () => O(() => {
      model.version.value;
      let turns = /* @__PURE__ */ new Map(), { columns } = model;
      for (let revision = 1; revision <= columns.length; revision += 1) {
        let turn = columns.turnOf(revision), known = turns.get(turn) ?? { events: 0, isError: !1 };
        known.events += 1, known.isError ||= (columns.flagsOf(revision) & 1) !== 0, turns.set(turn, known);
      }
      return turns;
    }),
    [model]
  );
  A2(() => {
    let turn = model.columns.turnOf(model.cursor.value);
    if (closed.value.has(turn)) {
      let open3 = new Set(closed.value);
      open3.delete(turn), closed.value = open3;
    }
  }, [model.cursor.value]);
  let cursor = model.cursor.value, shown = rows.value, fold = (turn) => {
    let next = new Set(closed.value);
    next.delete(turn) || next.add(turn), closed.value = next;
  }, all = () => {
    closed.value = closed.value.size > 0 ? /* @__PURE__ */ new Set() : new Set([...counts.value.keys()].filter((turn) => turn > 0));
  };
  return /* @__PURE__ */ a4("section", { class: "events", "aria-label": s4("Events"), children: [
    /* @__PURE__ */ a4("div", { class: "chips", role: "group", "aria-label": s4("Which events"), children: [
      FILTERS2.map(([name, label]) => /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": filter.value === name, onClick: () => filter.value = name, children: s4(label) }, name)),
      /* @__PURE__ */ a4("button", { type: "button", class: "quiet end", onClick: all, title: s4("Fold or unfold all turns"), children: closed.value.size > 0 ? s4("unfold") : s4("fold") })
    ] }),
    shown.length === 0 && /* @__PURE__ */ a4("p", { class: "empty", children: filter.value === "errors" ? s4("No event tells of an error.") : s4("No such events.") }),
    /* @__PURE__ */ a4(Pool, { count: shown.length, rem: 1.75, seen: rowAt(shown, model.columns, cursor), version: model.version.value, label: s4("Events of the session"), children: (index) => {
      let row = shown[index] ?? 0;
      return row < 0 ? /* @__PURE__ */ a4(TurnRow, { turn: -row, count: counts.value.get(-row), isClosed: closed.value.has(-row), fold, model, first: shown[index + 1] ?? 0 }) : /* @__PURE__ */ a4(Row2, { model, revision: row, cursor });
    } })
  ] });
}
function TurnRow({
  turn,
  count: count2,
  isClosed,
  fold,
  model,
  first
}) {
  let at = model.columns.timeOf(first);
  return /* @__PURE__ */ a4("button", { type: "button", class: `turn${count2?.isError ? " has-error" : ""}`, onClick: () => fold(turn), "aria-expanded": !isClosed, children: [
    /* @__PURE__ */ a4("span", { children: s4("turn {}", turn) }),
    /* @__PURE__ */ a4("span", { class: "number", children: Number.isNaN(at) ? "" : clock(at).slice(0, 5) }),
    /* @__PURE__ */ a4("span", { class: "dim", children: s4("{} ev", count2?.events ?? 0) }),
    count2?.isError && /* @__PURE__ */ a4("span", { class: "mark", title: s4("An event tells of an error"), children: [
      "!",
      /* @__PURE__ */ a4("span", { class: "spoken", children: s4("with an error") })
    ] }),
    /* @__PURE__ */ a4("span", { class: "end", "aria-hidden": "true", children: isClosed ? "▸" : "▾" })
  ] });
}
function Row2({ model, revision, cursor }) {
  let { columns } = model, row = model.row(revision), kind = columns.kindOf(revision), isError = (columns.flagsOf(revision) & 1) !== 0, classes = `event${revision === cursor ? " here" : ""}${revision > cursor ? " later" : ""}${isError ? " has-error" : ""}`, said2 = row === void 0 ? "" : line(row.said);
  return /* @__PURE__ */ a4(
    "button",
    {
      type: "button",
      class: classes,
      onClick: () => model.moveTo(revision),
      "aria-current": revision === cursor ? "step" : void 0,
      title: `${kind}  ${clock(columns.timeOf(revision))}`,
      children: [
        /* @__PURE__ */ a4("span", { class: "number rev", children: [
          "r",
          revision
        ] }),
        /* @__PURE__ */ a4("span", { class: "kind", children: shortKind(kind) }),
        /* @__PURE__ */ a4("span", { class: "said", children: said2 }),
        isError && /* @__PURE__ */ a4("span", { class: "mark", children: [
          "!",
          /* @__PURE__ */ a4("span", { class: "spoken", children: s4("error") })
        ] })
      ]
    }
  );
}

// ui/search.tsx
function Marked({ snippet, isPruned }) {
  return isPruned ? /* @__PURE__ */ a4("em", { class: "dim", children: "pruned: an archive has it" }) : /* @__PURE__ */ a4($, { children: snippet.map(([text2, isFind], at) => isFind ? /* @__PURE__ */ a4("mark", { children: line(text2) }, at) : /* @__PURE__ */ a4("span", { children: line(text2) }, at)) });
}

// ui/find.tsx
var HITS = 500;
function FindBar({ model, open: open3, label, look }) {
  let box = T2(null), places = useSignal([]), told2 = useSignal(""), asking2 = useAsking(), rest = useRest(), show = (found2) => {
    places.value = found2, model.hits.value = found2.map(({ revision }) => revision);
  };
  useEnd(() => {
    model.hits.value = [];
  }, [model]), F2(() => box.current?.focus(), []);
  let nearest = (rows, forward2, from) => forward2 ? rows.find((place) => place.revision > from) ?? rows[0] : rows.findLast((place) => place.revision < from) ?? rows.at(-1), step = (forward2, from) => {
    let place = nearest(places.peek(), forward2, from);
    place !== void 0 && model.moveTo(place.revision);
  }, finds = {
    session: model.name.peek()?.full ?? model.session,
    asking: asking2,
    show,
    tell: (text2) => {
      told2.value = text2;
    },
    go: () => step(!0, model.cursor.peek() - 1)
  }, read5 = (typed) => {
    asking2.end(), show([]), told2.value = "", typed.trim() !== "" && look(typed.trim(), finds);
  }, at = places.value.findIndex((place) => place.revision === model.cursor.value), number2 = places.value.length;
  return /* @__PURE__ */ a4("search", { class: "find", "aria-label": s4(label), children: [
    /* @__PURE__ */ a4(
      "input",
      {
        ref: box,
        type: "search",
        placeholder: s4(label),
        "aria-label": s4(label),
        autocomplete: "off",
        spellcheck: !1,
        onInput: (event) => {
          let typed = event.currentTarget.value;
          rest(() => read5(typed), 200);
        },
        onKeyDown: (event) => {
          if (event.key === "Enter") step(!event.shiftKey, model.cursor.peek());
          else if (event.key === "Escape") open3.value = null;
          else return;
          event.preventDefault();
        }
      }
    ),
    /* @__PURE__ */ a4("span", { class: "number", role: "status", children: told2.value !== "" ? line(told2.value) : number2 === 0 ? "" : at < 0 ? count(number2, "hit") : s4("{} of {}", at + 1, number2) }),
    /* @__PURE__ */ a4("button", { type: "button", onClick: () => step(!1, model.cursor.peek()), disabled: number2 === 0, "aria-label": s4("The hit before"), title: s4("The hit before (Shift Enter)"), children: "↑" }),
    /* @__PURE__ */ a4("button", { type: "button", onClick: () => step(!0, model.cursor.peek()), disabled: number2 === 0, "aria-label": s4("The next hit"), title: s4("The next hit (Enter)"), children: "↓" }),
    /* @__PURE__ */ a4("span", { class: "snippet", children: places.value[at]?.told }),
    /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => open3.value = null, "aria-label": s4("Close"), children: "✕" })
  ] });
}
function wordsOf(text2) {
  return /[\p{L}\p{N}]$/u.test(text2) && !/["*]/.test(text2) ? `${text2}*` : text2;
}
function Find({ model, open: open3 }) {
  return /* @__PURE__ */ a4(FindBar, { model, open: open3, label: "Find in this session", look: (typed, { session, asking: asking2, show, tell, go: go2 }) => {
    asking2.ask(
      withQuery("/search.json", { q: wordsOf(typed), session, n: HITS }),
      ({ rows }) => {
        let found2 = rows.sort((a5, b3) => a5.revision - b3.revision);
        show(found2.map((hit) => ({ revision: hit.revision, told: /* @__PURE__ */ a4(Marked, { snippet: hit.snippet, isPruned: hit.is_pruned }) }))), found2.length === 0 && tell(s4("nothing found")), go2();
      },
      (refused2) => tell(refused2.message)
    );
  } });
}

// ui/inspector.tsx
var TABS = [
  ["state", "State"],
  ["diff", "Diff"],
  ["blame", "Blame"],
  ["files", "Files"],
  ["raw", "Raw"]
], SHOWN = held === null ? TABS : TABS.filter(([name]) => name === "state" || name === "raw");
function Inspector({ model, tab }) {
  return /* @__PURE__ */ a4("section", { class: "inspector", "aria-label": s4("Inspector"), children: [
    /* @__PURE__ */ a4(Tabs, { label: s4("What is inspected"), tabs: SHOWN, chosen: tab.value, choose: (chosen) => tab.value = chosen }),
    /* @__PURE__ */ a4("div", { class: "pane", role: "tabpanel", "aria-label": tab.value, children: [
      tab.value === "state" && /* @__PURE__ */ a4(StatePane, { model }),
      tab.value === "diff" && /* @__PURE__ */ a4(Later, { name: "DiffPane", with: { model }, isQuiet: !0 }),
      tab.value === "blame" && /* @__PURE__ */ a4(Later, { name: "BlamePane", with: { model }, isQuiet: !0 }),
      tab.value === "files" && /* @__PURE__ */ a4(Later, { name: "FilesPane", with: { model }, isQuiet: !0 }),
      tab.value === "raw" && /* @__PURE__ */ a4(RawPane, { model })
    ] })
  ] });
}
function useRead(address2) {
  let read5 = w2(() => y3({ of: "", value: null, problem: null }), []), asking2 = useAsking();
  A2(() => {
    if (address2 === null || held !== null && /\/(blame|diff)\.json/.test(address2)) return;
    let take = (value2, problem3) => {
      read5.value = { of: address2, value: value2, problem: problem3 };
    }, wait = setTimeout(
      () => asking2.ask(
        address2,
        (value2) => take(value2, null),
        (problem3) => take(null, problem3)
      ),
      80
    );
    return () => {
      clearTimeout(wait), asking2.end();
    };
  }, [address2]);
  let { of, value, problem: problem2 } = read5.value;
  return { value, problem: problem2, isOld: of !== address2 };
}
function told(value) {
  return value === null ? "null" : typeof value == "string" ? value === "" ? '""' : line(value.length > 240 ? `${value.slice(0, 240)}…` : value) : typeof value == "object" && !Array.isArray(value) && typeof value.$bytes == "number" ? typeof value.$head == "string" ? `${line(value.$head)}… (${size(value.$bytes)})` : size(value.$bytes) : line(JSON.stringify(value));
}
function isSet([key, value]) {
  return value === null || value === !1 ? !key.startsWith(".") && value !== null : !(Array.isArray(value) && value.length === 0);
}
function pathOf(list2, at, key) {
  return list2 === "own" ? key : `instances/${at}/${key}`;
}
function StatePane({ model }) {
  let asked = w2(() => y3(null), [model]);
  model.folded.value;
  let cursor = model.cursor.value, isOld = model.stateAt !== cursor, { state } = model, address2 = asked.value === null ? null : withQuery(sessionPath(model.session, "/blame.json"), { at: `r${model.stateAt}`, path: asked.value }), blame = useRead(address2);
  if (state === null) return /* @__PURE__ */ a4("p", { class: "empty", children: "…" });
  if (state.own === null) return /* @__PURE__ */ a4("p", { class: "empty", children: s4("The session is not created yet.") });
  let by = asked.value === null || blame.isOld ? void 0 : blame.value?.rows[0], fields = (list2, at, of) => Object.entries(of).filter(isSet).map(([key, value]) => {
    let path = pathOf(list2, at, key), isWritten = model.written.has(path) || model.written.has(list2 === "own" ? "" : `instances/${at}`), ask2 = () => {
      asked.value = path;
    };
    return /* @__PURE__ */ a4(
      "button",
      {
        type: "button",
        class: `field${isWritten ? " written" : ""}${asked.value === path ? " asked" : ""}`,
        onMouseEnter: ask2,
        onFocus: ask2,
        onClick: () => by !== void 0 && model.moveTo(by.revision),
        children: [
          /* @__PURE__ */ a4("span", { class: "key", children: line(key) }),
          /* @__PURE__ */ a4("span", { class: "value", children: told(value) })
        ]
      },
      key
    );
  });
  return /* @__PURE__ */ a4("div", { class: `state${isOld ? " old" : ""}`, "aria-busy": isOld, children: [
    /* @__PURE__ */ a4("div", { class: "fields", children: fields("own", 0, state.own) }),
    state.instances.slice(0, 50).map(
      (instance, at) => instance === void 0 ? null : /* @__PURE__ */ a4("details", { open: at < 4, children: [
        /* @__PURE__ */ a4("summary", { children: [
          "#",
          String(instance.instanceId ?? at),
          " ",
          told(instance.agentName ?? "")
        ] }),
        /* @__PURE__ */ a4("div", { class: "fields", children: fields("instances", at, instance) })
      ] }, at)
    ),
    state.instances.length > 50 && /* @__PURE__ */ a4("p", { class: "more", children: t4().more(state.instances.length - 50) }),
    /* @__PURE__ */ a4("p", { class: "dim fields-end", children: [
      "chatHistory: ",
      count(state.chatHistory.length, "message")
    ] }),
    /* @__PURE__ */ a4("p", { class: "blamed", "aria-live": "polite", children: by === void 0 && held !== null ? null : by === void 0 ? /* @__PURE__ */ a4("span", { class: "dim", children: s4("Point at a field: who set it. Click: go there.") }) : /* @__PURE__ */ a4($, { children: [
      line(by.place),
      ": ",
      s4("set by"),
      " ",
      /* @__PURE__ */ a4("button", { type: "button", class: "to", onClick: () => model.moveTo(by.revision), children: [
        "r",
        by.revision
      ] }),
      " ",
      line(by.kind),
      ", ",
      line(by.origin ?? s4("unknown")),
      ", ",
      instant(by.occurred_at / 1e3),
      model.columns.turnOf(by.revision) > 0 && `, ${s4("turn {}", model.columns.turnOf(by.revision))}`
    ] }) })
  ] });
}
function RawPane({ model }) {
  let { value, problem: problem2, isOld } = useRead(sessionPath(model.session, `/events/${model.cursor.value}.json`));
  if (problem2 !== null) return /* @__PURE__ */ a4(Trouble, { problem: problem2 });
  if (value === null) return /* @__PURE__ */ a4("p", { class: "empty", children: "…" });
  let { event } = value, facts = [
    ["type", event.kind],
    ["position", String(event.position)],
    ["occurred", instant(event.occurred_at / 1e3)],
    ["recorded", instant(event.recorded_at / 1e3)],
    ["hash", event.hash]
  ];
  return /* @__PURE__ */ a4("div", { class: `raw${isOld ? " old" : ""}`, "aria-busy": isOld, children: [
    /* @__PURE__ */ a4("dl", { children: facts.map(([name, fact]) => /* @__PURE__ */ a4("div", { children: [
      /* @__PURE__ */ a4("dt", { children: name }),
      /* @__PURE__ */ a4("dd", { class: "number", children: line(fact) })
    ] }, name)) }),
    event.erased !== null && /* @__PURE__ */ a4("p", { class: "erased", children: [
      "The body of this event is gone: ",
      line(event.erased),
      "."
    ] }),
    event.body !== null && /* @__PURE__ */ a4("pre", { children: visible(JSON.stringify(event.body, null, 2)) }),
    event.meta !== null && /* @__PURE__ */ a4("details", { children: [
      /* @__PURE__ */ a4("summary", { children: "its commit" }),
      /* @__PURE__ */ a4("pre", { children: visible(JSON.stringify(event.meta, null, 2)) })
    ] })
  ] });
}

// ui/fold.ts
function stateOf(given) {
  if (given === null) return { own: null, instances: [], chatHistory: [] };
  let instances = given.instances.map(copy);
  instances.length = given.instance_count;
  let chatHistory = [];
  return chatHistory.length = given.message_count, { own: copy(given.own), instances, chatHistory };
}
function copy(fields) {
  return Object.assign(/* @__PURE__ */ Object.create(null), fields);
}
function lengthOf(value) {
  return typeof value == "object" && value !== null && !Array.isArray(value) && typeof value.$bytes == "number" ? value.$bytes : 0;
}
function put2(fields, key, value) {
  value === void 0 ? delete fields[key] : fields[key] = value;
}
function target(state, patch) {
  return patch.in === "own" ? state.own ?? void 0 : state[patch.in][patch.at ?? 0];
}
function apply(state, patch) {
  switch (patch.op) {
    case "set": {
      let fields = target(state, patch);
      fields !== void 0 && patch.key !== void 0 && put2(fields, patch.key, patch.new);
      return;
    }
    case "extend": {
      let fields = target(state, patch);
      fields !== void 0 && patch.key !== void 0 && (fields[patch.key] = { $bytes: lengthOf({ $bytes: patch.old_bytes ?? 0 }) + (patch.bytes ?? 0) });
      return;
    }
    case "insert":
      patch.in === "own" ? state.own = copy(patch.new ?? {}) : state[patch.in].splice(patch.at ?? 0, 0, copy(patch.new ?? {}));
      return;
    case "remove":
      patch.in !== "own" && state[patch.in].splice(patch.at ?? 0, 1);
  }
}
function undo(state, patch) {
  switch (patch.op) {
    case "set": {
      let fields = target(state, patch);
      fields !== void 0 && patch.key !== void 0 && put2(fields, patch.key, patch.old);
      return;
    }
    case "extend": {
      let fields = target(state, patch);
      fields !== void 0 && patch.key !== void 0 && (fields[patch.key] = patch.old_bytes === null || patch.old_bytes === void 0 ? null : { $bytes: patch.old_bytes });
      return;
    }
    case "insert":
      patch.in === "own" ? state.own = null : state[patch.in].splice(patch.at ?? 0, 1);
      return;
    case "remove":
      patch.in !== "own" && state[patch.in].splice(patch.at ?? 0, 0, copy(patch.old ?? {}));
  }
}
function forward(state, step) {
  for (let patch of step.patches) apply(state, patch);
}
function back(state, step) {
  for (let at = step.patches.length - 1; at >= 0; at -= 1) undo(state, step.patches[at]);
}

// ui/model.ts
var WINDOW2 = 1e3, WINDOWS_MAX2 = held === null ? 12 : Number.POSITIVE_INFINITY, FOLDED_MAX = held === null ? 4e3 : Number.POSITIVE_INFINITY, TILES_AT_ONCE = 3, DRAWN_EACH = 100, PAGE2 = 200, PAGES_MAX2 = 40;
function pointIn(at, head) {
  let asked = held === null ? void 0 : /^r(\d+)$/.exec(at ?? "")?.[1];
  return asked === void 0 ? head.revision : Math.min(Math.max(1, Number(asked)), head.revision);
}
var Model = class {
  constructor(session) {
    this.session = session;
  }
  session;
  columns = new Columns();
  /** Rises when columns or rows of events came. */
  version = y3(0);
  cursor = y3(0);
  last = y3(0);
  /** What differences are compared with; `null` for the event before. */
  base = y3(null);
  follows = y3(!0);
  /** Events that were found, by their revisions: the bar shows where they are. */
  hits = y3([]);
  problem = y3(null);
  name = y3(null);
  folder = y3(null);
  /** The moment that the state at hand is of, with what was corrected since; `null` where it is that after its event. */
  happened = y3(null);
  /** Rises when the state changed; `stateAt` is the event that it is of. */
  folded = y3(0);
  /** Whether the events around the cursor are there that were asked for first. */
  isSeen = y3(!1);
  isPast = O(() => this.cursor.value < this.last.value);
  state = null;
  stateAt = 0;
  /** The end of the log when the session was read last. */
  position = 0;
  /** What the event at the cursor wrote. */
  written = /* @__PURE__ */ new Set();
  /** How often something was read, for tests of how little that is. */
  reads = { tiles: 0, windows: 0, states: 0, rows: 0 };
  windows = /* @__PURE__ */ new Map();
  pages = /* @__PURE__ */ new Map();
  wanted = /* @__PURE__ */ new Set();
  view = "";
  /** The state that is read, where it is not folded. */
  jump = new Asking();
  /** The session as it is opened, and as it is now. */
  opening = new Asking();
  isClosed = !1;
  // How often since it is asked.
  looks = 0;
  fresh = 0;
  close() {
    this.isClosed = !0, this.jump.end(), this.opening.end();
  }
  /** Reads the session, as of a point where there is one. */
  async open(at) {
    try {
      let head = await get(withQuery(sessionPath(this.session, ".json"), { at }), this.opening.begin());
      this.view = head.as_of.view, this.position = head.as_of.position, this.columns.grow(head.revisions), r3(() => {
        this.problem.value = null, this.name.value = head.session, this.folder.value = head.folder, this.last.value = head.revisions, this.cursor.value = pointIn(at, head), this.follows.value = at === null, this.happened.value = held === null ? head.happened ?? null : null;
      }), this.state = stateOf(head.state), this.stateAt = head.revision, this.note();
      let tile = Math.floor(Math.max(0, head.revision - 1) / 4096);
      try {
        await Promise.all([this.readTile(tile), this.wantPage(Math.floor(Math.max(0, head.revision - 1) / PAGE2))]);
      } finally {
        this.isSeen.value = !0, this.version.value += 1;
      }
      await Promise.all([this.readTiles(tile), this.readWindow(this.windowOf(head.revision)).then(() => this.settleState())]);
    } catch (error) {
      isAbort(error) || (this.problem.value = asProblem(error));
    }
  }
  /** Reads the tiles around one that is there. */
  async readTiles(first) {
    let tiles = Math.ceil(this.columns.length / 4096), order = [...Array(tiles).keys()].filter((tile) => tile !== first).sort((a5, b3) => Math.abs(a5 - first) - Math.abs(b3 - first)), drawn2 = Number.NEGATIVE_INFINITY, next = async () => {
      for (let tile = order.shift(); tile !== void 0 && !this.isClosed; tile = order.shift()) {
        await this.readTile(tile);
        let now = performance.now();
        now - drawn2 > DRAWN_EACH && (drawn2 = now, this.version.value += 1);
      }
    };
    await Promise.all(Array.from({ length: TILES_AT_ONCE }, next)), this.version.value += 1;
  }
  async readTile(tile) {
    this.reads.tiles += 1;
    let address2 = withQuery(sessionPath(this.session, `/tiles/${tile}.json`), { view: this.view }), answer = await get(address2);
    this.isClosed || this.columns.take(answer.tile);
  }
  /** Asks how many events there are now; what is asked just now, once more after that. */
  async look() {
    if (this.last.value === 0 || (this.looks += 1, this.looks > 1)) return;
    try {
      let head = await get(sessionPath(this.session, ".json"), this.opening.begin());
      this.position = head.as_of.position, await this.grew(head.revisions, head.as_of.view);
    } catch {
    }
    let isOld = this.looks > 1;
    this.looks = 0, isOld && !this.isClosed && this.look();
  }
  /** Takes in that the session has more events now. */
  async grew(last, view) {
    if (last <= this.last.value || this.isClosed) return;
    view !== this.view && (this.view = view, this.windows.clear(), this.pages.clear());
    let before = this.last.value;
    this.columns.grow(last);
    for (let [page] of this.pages) (page + 1) * PAGE2 >= before && this.pages.delete(page);
    for (let [window2] of this.windows) (window2 + 1) * WINDOW2 >= before && this.windows.delete(window2);
    try {
      for (let tile = Math.floor(before / 4096); tile <= Math.floor((last - 1) / 4096); tile += 1) await this.readTile(tile);
    } catch (error) {
      this.problem.value = asProblem(error);
      return;
    }
    this.fresh += last - before, r3(() => {
      this.last.value = last, this.version.value += 1, this.follows.value && this.moveTo(last, !0);
    });
  }
  /** Goes to an event. The pointer never waits: the state comes after. */
  moveTo(revision, isFollowing = !1) {
    if (this.last.value === 0) return;
    let to = Math.min(Math.max(1, Math.round(revision)), Math.max(1, this.last.value));
    r3(() => {
      this.follows.value = isFollowing || this.follows.value && to === this.last.value, this.cursor.value = to;
    }), this.settleState();
  }
  /** Leads the state to the cursor, from what is at hand; what is missing is asked for. */
  settleState() {
    let to = this.cursor.value;
    if (this.happened.value !== null && to !== this.stateAt) {
      this.read(to);
      return;
    }
    if (this.state !== null && Math.abs(to - this.stateAt) <= FOLDED_MAX && this.fold(to)) {
      this.jump.end(), this.note(), this.prefetch(to);
      return;
    }
    if (this.state !== null && (held !== null || Math.abs(to - this.stateAt) <= WINDOW2)) {
      let [low, high] = to > this.stateAt ? [this.stateAt, to] : [to, this.stateAt];
      for (let window2 = this.windowOf(low + 1); window2 <= this.windowOf(high); window2 += 1) this.want(window2);
      return;
    }
    this.read(to);
  }
  async read(to) {
    try {
      this.reads.states += 1;
      let head = await get(withQuery(sessionPath(this.session, ".json"), { at: `r${to}` }), this.jump.begin());
      this.state = stateOf(head.state), this.stateAt = head.revision, this.happened.value = null, this.problem.value = null, this.want(this.windowOf(to)), this.note(), this.cursor.value !== to && this.settleState();
    } catch (error) {
      isAbort(error) || (this.problem.value = asProblem(error));
    }
  }
  fold(to) {
    let { state } = this;
    if (state === null) return !1;
    let [low, high] = to > this.stateAt ? [this.stateAt, to] : [to, this.stateAt];
    for (let window2 = this.windowOf(low + 1); low < high && window2 <= this.windowOf(high); window2 += 1)
      if (!this.windows.has(window2)) return !1;
    for (; this.stateAt < to; ) {
      let step = this.step(this.stateAt + 1);
      if (step === void 0) return !1;
      forward(state, step), this.stateAt += 1;
    }
    for (; this.stateAt > to; ) {
      let step = this.step(this.stateAt);
      if (step === void 0) return !1;
      back(state, step), this.stateAt -= 1;
    }
    return !0;
  }
  note() {
    this.written = /* @__PURE__ */ new Set();
    for (let patch of this.step(this.stateAt)?.patches ?? []) {
      let element = patch.in === "own" ? "" : `${patch.in}/${patch.at}`;
      this.written.add(patch.key === void 0 ? element : element === "" ? patch.key : `${element}/${patch.key}`);
    }
    this.folded.value += 1;
  }
  step(revision) {
    let window2 = this.windowOf(revision);
    return this.windows.get(window2)?.[revision - 1 - window2 * WINDOW2];
  }
  windowOf(revision) {
    return Math.floor(Math.max(0, revision - 1) / WINDOW2);
  }
  prefetch(at) {
    let window2 = this.windowOf(at);
    this.want(window2);
    let within = (at - 1) % WINDOW2;
    within > WINDOW2 * 0.75 && (window2 + 1) * WINDOW2 < this.last.value && this.want(window2 + 1), within < WINDOW2 * 0.25 && window2 > 0 && this.want(window2 - 1);
  }
  want(window2) {
    let key = `window ${window2}`;
    this.windows.has(window2) || this.wanted.has(key) || (this.wanted.add(key), this.readWindow(window2).then(() => this.settleState()).catch((error) => {
      this.problem.value = asProblem(error);
    }).finally(() => this.wanted.delete(key)));
  }
  async readWindow(window2) {
    let steps = [], from = window2 * WINDOW2, end = () => Math.min((window2 + 1) * WINDOW2, this.columns.length);
    for (; from < end() && !this.isClosed; ) {
      this.reads.windows += 1;
      let { view } = this, address2 = withQuery(sessionPath(this.session, "/patches.json"), { from, to: end() }), answer = await get(address2);
      if (view !== this.view) {
        steps = [], from = window2 * WINDOW2;
        continue;
      }
      if (steps.push(...answer.rows), answer.through <= from) break;
      from = answer.through;
    }
    if (this.windows.size >= WINDOWS_MAX2) {
      let near = this.windowOf(this.cursor.value), far = [...this.windows.keys()].sort((a5, b3) => Math.abs(b3 - near) - Math.abs(a5 - near))[0];
      far !== void 0 && this.windows.delete(far);
    }
    this.windows.set(window2, steps);
  }
  /** Returns the row of an event where it is known; where not, it is asked for. */
  row(revision) {
    let page = Math.floor((revision - 1) / PAGE2), rows = this.pages.get(page);
    return rows === void 0 && this.wantPage(page), rows?.[revision - 1 - page * PAGE2];
  }
  async wantPage(page) {
    let key = `page ${page}`;
    if (this.wanted.has(key)) return;
    this.wanted.add(key);
    let end = () => Math.min((page + 1) * PAGE2, this.columns.length), [asked, { view }] = [end(), this];
    try {
      this.reads.rows += 1;
      let address2 = withQuery(sessionPath(this.session, "/events.json"), { from: page * PAGE2 + 1, n: PAGE2 }), { rows } = await get(address2);
      if (asked === end() && view === this.view) {
        if (this.pages.size >= PAGES_MAX2) {
          let oldest = this.pages.keys().next().value;
          oldest !== void 0 && this.pages.delete(oldest);
        }
        this.pages.set(page, rows);
      }
      this.wanted.delete(key), this.version.value += 1;
    } catch (error) {
      this.wanted.delete(key), this.problem.value = asProblem(error);
    }
  }
};

// ui/output.tsx
var BYTES = 65536;
function bytesOf(instance) {
  let output = instance?.output;
  return typeof output == "object" && output !== null && !Array.isArray(output) && typeof output.$bytes == "number" ? output.$bytes : 0;
}
function OutputPane({ model }) {
  let chosen = w2(() => y3(0), [model]), shown = w2(() => y3(null), [model]), problem2 = w2(() => y3(null), [model]), asking2 = w2(() => new Asking(), [model]), box = T2(null);
  model.folded.value;
  let instances = model.state?.instances ?? [], index = Math.min(chosen.value, Math.max(0, instances.length - 1)), bytes = bytesOf(instances[index]), cursor = model.cursor.value, isThere = instances.length > 0, read5 = (address2, outputOf) => asking2.ask(
    address2,
    (answer) => {
      shown.value = { of: index, output: outputOf(answer) }, problem2.value = null;
    },
    (refused2) => {
      problem2.value = refused2;
    }
  );
  A2(() => {
    if (!isThere) return;
    let address2 = withQuery(sessionPath(model.session, `/output/${index}.json`), { at: `r${cursor}`, bytes: BYTES }), wait = setTimeout(() => read5(address2, (answer) => answer), 60);
    return () => {
      clearTimeout(wait), asking2.end();
    };
  }, [model, index, bytes, isThere]);
  let output = shown.value?.of === index ? shown.value.output : null, rows = w2(() => output === null ? [] : lines(output.text), [output]);
  A2(() => {
    let node = box.current;
    node !== null && (node.scrollTop = node.scrollHeight);
  }, [rows]);
  let earlier = () => {
    if (output === null || output.from === 0) return;
    let from = Math.max(0, output.from - BYTES), address2 = withQuery(sessionPath(model.session, `/output/${index}.json`), { at: `r${output.revision}`, from, bytes: output.from - from });
    read5(address2, (answer) => ({ ...output, from: answer.from, text: answer.text + output.text }));
  };
  return isThere ? /* @__PURE__ */ a4("section", { class: "output", "aria-label": s4("Output"), children: [
    /* @__PURE__ */ a4("div", { class: "chips", role: "group", "aria-label": s4("Whose output"), children: [
      instances.slice(0, 24).map((instance, nth) => /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": nth === index, onClick: () => chosen.value = nth, children: [
        "#",
        String(instance?.instanceId ?? nth),
        " ",
        /* @__PURE__ */ a4("span", { class: "dim", children: line(String(instance?.agentName ?? "")) })
      ] }, nth)),
      /* @__PURE__ */ a4("span", { class: "end dim number", children: size(bytes) })
    ] }),
    problem2.value !== null && /* @__PURE__ */ a4(Trouble, { problem: problem2.value }),
    bytes === 0 ? /* @__PURE__ */ a4("p", { class: "empty", children: s4("Nothing was written yet.") }) : (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
      /* @__PURE__ */ a4("div", { class: "terminal", ref: box, tabIndex: 0, role: "region", "aria-label": s4("Output"), children: [
        output !== null && output.from > 0 && /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: earlier, children: [
          size(output.from),
          " before this"
        ] }),
        rows.map((pieces, nth) => /* @__PURE__ */ a4("div", { class: "line", children: [
          pieces.map((piece2, at) => /* @__PURE__ */ a4("span", { class: piece2.class, children: piece2.text }, at)),
          `
`
        ] }, nth))
      ] })
    )
  ] }) : /* @__PURE__ */ a4("p", { class: "empty", children: s4("This session has no instance at this moment.") });
}

// ui/timebar.tsx
var isPlaying2 = y3(!1), PAUSE_MAX = 1e3, playing;
function play(model) {
  if (isPlaying2.value) {
    stop();
    return;
  }
  isPlaying2.value = !0, model.cursor.value >= model.last.value && model.moveTo(1);
  let step = () => {
    let at = model.cursor.value;
    if (at >= model.last.value || !isPlaying2.value) {
      stop();
      return;
    }
    let pause = model.columns.timeOf(at + 1) - model.columns.timeOf(at), wait = Math.min(Number.isFinite(pause) ? Math.max(pause, 0) : 0, PAUSE_MAX) / speed.value;
    playing = setTimeout(
      () => {
        let to = matchMedia("(prefers-reduced-motion: reduce)").matches ? model.columns.turnStart(at, !0) : at + 1;
        model.moveTo(to), step();
      },
      Math.max(16, wait)
    );
  };
  step();
}
function stop() {
  clearTimeout(playing), isPlaying2.value = !1;
}
function TimeBar({ model, axis: axis2, setAxis }) {
  let { columns } = model, [cursor, last, base] = [model.cursor.value, model.last.value, model.base.value], hits = model.hits.value, found2 = w2(() => hits.map((revision) => revision - 1), [hits]), at = columns.timeOf(cursor), turn = columns.turnOf(cursor), begun = columns.timeOf(1), where = s4("r{} of {}", cursor, last.toLocaleString("en")), told2 = `${where}${Number.isNaN(at) ? "" : `, ${day(at)} ${clock(at)}`}${turn > 0 ? `, ${s4("turn {}", turn)}` : ""}`;
  return /* @__PURE__ */ a4(
    Bar,
    {
      columns,
      version: model.version.value,
      axis: axis2,
      at: cursor - 1,
      pin: base === null ? void 0 : { at: base - 1, title: s4("compared with r{}", base) },
      hits: found2,
      slider: { name: s4("Moment of the session"), min: 1, max: Math.max(1, last), now: cursor, told: told2 },
      steps: {
        before: s4("The event before"),
        beforeTitle: s4("The event before (←)"),
        next: s4("The next event"),
        nextTitle: s4("The next event (→)"),
        isFirst: cursor <= 1,
        isLast: cursor >= last
      },
      isPlaying: isPlaying2.value,
      step: (isForward) => model.moveTo(cursor + (isForward ? 1 : -1)),
      play: () => play(model),
      stop,
      go: (event) => model.moveTo(event),
      unit: "event",
      children: [
        /* @__PURE__ */ a4("span", { class: "number", children: where }),
        /* @__PURE__ */ a4("span", { class: "number", children: Number.isNaN(at) ? "…" : clock(at) }),
        /* @__PURE__ */ a4("span", { class: "dim", children: [
          turn > 0 ? s4("turn {}", turn) : s4("before the first turn"),
          Number.isNaN(at - begun) ? "" : ` · ${s4("{} in", stretch(at - begun))}`
        ] }),
        /* @__PURE__ */ a4("button", { type: "button", class: "axis", onClick: () => setAxis(axis2 === "events" ? "time" : "events"), title: s4("What the bar's width means"), children: axis2 === "events" ? s4("by event") : s4("by time, idle folded") })
      ]
    }
  );
}

// ui/trust.tsx
var BUSY = 150;
function stripOf(known, last) {
  if (known === null || known.verified_at === null) return { sound: 0, read: 0, state: "unknown" };
  let of = (revision) => last < 1 ? 0 : Math.min(1, Math.max(0, revision / last)), read5 = of(known.verified);
  return known.rows.length === 0 ? { sound: read5, read: read5, state: known.verified >= last ? "sound" : "part" } : { sound: of(Math.min(...known.rows.map((row) => row.sound))), read: read5, state: "damaged" };
}
function toldOf(known, last) {
  let { state } = stripOf(known, last);
  return known === null || state === "unknown" ? s4("Not verified yet") : state === "sound" ? s4("Verified to the end, r{}", last) : state === "part" ? known.verified === 0 ? s4("No event of it is verified yet") : s4("Verified to r{} of {}", known.verified, last) : s4("Damaged: {}", known.rows.length === 1 ? s4("1 kind of fault") : s4("{} kinds of faults", known.rows.length));
}
var GLYPHS2 = { unknown: "○", part: "◐", sound: "✓", damaged: "✕" };
function Trust({ model }) {
  let known = w2(() => y3(null), [model]), running = w2(() => y3(!1), [model]), problem2 = w2(() => y3(null), [model]), asking2 = w2(() => new Asking(), [model]), path = sessionPath(model.session, "/verify.json"), last = model.last.value;
  A2(() => (asking2.ask(
    path,
    (answer) => {
      known.value = answer;
    },
    (refused2) => {
      problem2.value = refused2;
    }
  ), asking2.end), [asking2, path]);
  let verify = async () => {
    if (running.peek()) {
      asking2.end(), running.value = !1;
      return;
    }
    let going = asking2.begin();
    running.value = !0, problem2.value = null;
    let before = known.peek(), read6 = before === null || before.rows.length > 0 || before.through >= before.end ? "again" : "on";
    try {
      for (; ; ) {
        let answer = await get(withQuery(path, { read: read6 }), going);
        if (answer.busy) {
          known.value = answer, await new Promise((resolve) => setTimeout(resolve, BUSY));
          continue;
        }
        let isOn = answer.through < answer.end && (read6 === "again" || answer.through > (known.peek()?.through ?? 0));
        if (known.value = answer, read6 = "on", !isOn) break;
      }
    } catch (error) {
      if (isAbort(error)) return;
      problem2.value = asProblem(error);
    }
    running.value = !1;
  }, latest = T2(verify);
  latest.current = verify, useKeys((event) => {
    isTyped(event) || event.defaultPrevented || actionOf(event) !== "verify" || (event.preventDefault(), latest.current());
  }, []);
  let now = known.value, { sound, read: read5, state } = stripOf(now, last), isRunning = running.value, isReading2 = isRunning && now !== null && now.through < now.end, told2 = toldOf(now, last), at = now?.verified_at ?? null, percent = (part3) => `${(part3 * 100).toFixed(3)}%`;
  return /* @__PURE__ */ a4("section", { class: `trust ${state}`, "aria-label": s4("Verification"), children: [
    /* @__PURE__ */ a4("span", { class: "told", role: "status", children: [
      /* @__PURE__ */ a4("span", { class: "glyph", "aria-hidden": "true", children: GLYPHS2[state] }),
      /* @__PURE__ */ a4("span", { title: at === null ? void 0 : instant(at / 1e3), children: [
        isReading2 ? s4("Verifying: {} of {}", now.through.toLocaleString("en"), count(now.end, "event")) : told2,
        !isReading2 && at !== null && /* @__PURE__ */ a4("span", { class: "dim", children: [
          " · ",
          ago(at / 1e3, Date.now())
        ] })
      ] })
    ] }),
    /* @__PURE__ */ a4("div", { class: "strip", "aria-hidden": "true", children: [
      /* @__PURE__ */ a4("div", { class: "sound", style: { width: percent(sound) } }),
      /* @__PURE__ */ a4("div", { class: "after", style: { left: percent(sound), width: percent(Math.max(0, read5 - sound)) } }),
      now?.rows.map(({ fault, revision }) => revision !== null && /* @__PURE__ */ a4("div", { class: "fault", style: { left: percent((revision - 0.5) / Math.max(1, last)) } }, fault))
    ] }),
    /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => {
      verify();
    }, children: [
      isRunning ? s4("Stop") : state === "sound" || state === "damaged" ? s4("Verify again") : s4("Verify"),
      " ",
      /* @__PURE__ */ a4("kbd", { children: "V" })
    ] }),
    now !== null && now.rows.length > 0 && /* @__PURE__ */ a4("ul", { class: "faults", children: [
      now.rows.map(({ fault, position, revision, count_in_log: number2 }) => /* @__PURE__ */ a4("li", { children: [
        revision === null ? /* @__PURE__ */ a4("span", { class: "number", children: s4("position {}", position) }) : /* @__PURE__ */ a4("button", { type: "button", class: "quiet number", onClick: () => model.moveTo(revision), children: [
          "r",
          revision
        ] }),
        " ",
        line(fault),
        number2 > 1 && /* @__PURE__ */ a4("span", { class: "dim", children: [
          " · ",
          s4("{} in the log", number2)
        ] })
      ] }, fault)),
      /* @__PURE__ */ a4("li", { class: "dim", children: s4("`retold verify` reads all of it; `retold store recover STORE NEW` saves what still verifies.") })
    ] }),
    problem2.value !== null && /* @__PURE__ */ a4(Trouble, { problem: problem2.value })
  ] });
}

// ui/session.tsx
var MIDDLES = [
  ["chat", "Chat"],
  ["output", "Output"]
], NARROW = [...MIDDLES, ["events", "Events"], ["state", "State"]];
function SessionScreen({ session }) {
  let model = w2(() => new Model(session), [session]), tab = w2(() => y3("state"), [session]), middle = w2(() => y3("chat"), [session]), axis2 = w2(() => y3("events"), []), drawer = w2(() => y3(!1), []), finding = w2(() => y3(null), [session]), isExporting = w2(() => y3(!1), [session]);
  F2(() => {
    let { query } = address.peek(), asked2 = query.get("tab"), known = TABS.find(([name]) => name === asked2);
    return known !== void 0 && (tab.value = known[0]), query.get("view") === "output" && (middle.value = "output"), query.get("base") !== null && (model.base.value = Number(query.get("base")?.replace(/^r/, "")) || null), model.open(query.get("at")), () => {
      stop(), model.close();
    };
  }, [model]);
  let asked = address.value;
  A2(() => {
    let at = /^r(\d+)$/.exec(asked.query.get("at") ?? "")?.[1];
    at !== void 0 && model.last.peek() > 0 && model.moveTo(Number(at));
  }, [asked]);
  let cursor = model.cursor.value, follows = model.follows.value, base = model.base.value, happened = happenedAt(model);
  A2(() => {
    cursor !== 0 && settle(
      withQuery(sessionPath(session), {
        at: follows ? null : happened === null ? `r${cursor}` : pointOf("occurred", happened.at),
        tab: tab.value === "state" ? null : tab.value,
        view: middle.value === "output" ? "output" : null,
        base: base === null ? null : `r${base}`
      })
    );
  }, [session, cursor, follows, base, happened, tab.value, middle.value]);
  let news = live.value;
  if (A2(() => {
    let name = model.name.value?.full;
    if (news === null || name === void 0) return;
    if (news.changed === null) {
      (team.value !== null || news.position > model.position) && model.look();
      return;
    }
    let moved = news.changed.find(([changed]) => changed === name);
    moved !== void 0 && model.grew(moved[1], news.view);
  }, [news, model.name.value]), useKeys(
    (event) => {
      let act = (action2, event2) => {
        let at = model.cursor.peek(), seek = (forward2, flag) => {
          let found2 = model.columns.next(at, forward2, flag);
          found2 === void 0 ? notice.value = forward2 ? s4("There is none after this.") : s4("There is none before this.") : model.moveTo(found2);
        }, command = () => {
          let name = model.name.peek()?.full ?? session, from = model.base.peek(), happened2 = happenedAt(model), point = happened2 === null ? `r${at}` : pointOf("occurred", happened2.at);
          return tab.peek() === "diff" ? `retold diff ${quoted(name)} ${from === null ? `r${at - 1}` : `r${from}`} r${at}` : tab.peek() === "blame" ? `retold blame ${quoted(name)} --at ${point}` : tab.peek() === "raw" ? `retold log ${quoted(name)} r${at - 1}..r${at} -o jsonl` : `retold show ${quoted(name)} --at ${point}`;
        };
        switch (action2) {
          case "next":
            return model.moveTo(at + 1), !0;
          case "before":
            return model.moveTo(at - 1), !0;
          case "nextTurn":
            return model.moveTo(model.columns.turnStart(at, !0)), !0;
          case "turnBefore":
            return model.moveTo(model.columns.turnStart(at, !1)), !0;
          case "nextMessage":
            return seek(!0, 2), !0;
          case "messageBefore":
            return seek(!1, 2), !0;
          case "nextError":
            return seek(!0, 1), !0;
          case "errorBefore":
            return seek(!1, 1), !0;
          case "first":
            return model.moveTo(1), !0;
          case "last":
            return model.moveTo(model.last.peek(), !0), !0;
          case "tenth":
            return model.moveTo(1 + (model.last.peek() - 1) * Number(event2.key) / 10), !0;
          case "play":
            return play(model), !0;
          case "faster":
          case "slower":
            return hurry(action2 === "faster" ? 1 : -1), !0;
          case "base":
            return model.base.value = model.base.peek() === at ? null : at, model.base.peek() !== null && (notice.value = s4("Differences are from r{} now.", at)), !0;
          case "inspector":
            return drawer.value = !drawer.peek(), !0;
          case "diff":
          case "blame":
          case "files":
            return held !== null ? !1 : (tab.value = action2, drawer.value = !0, !0);
          case "state":
          case "raw":
            return tab.value = action2, drawer.value = !0, !0;
          case "copyCommand":
            return held !== null ? !1 : (copied(ofTeam(command())), !0);
          case "export":
            return held !== null ? !1 : (isExporting.value = !0, !0);
          case "filter":
            return finding.value = "words", !0;
          case "trace":
            return held !== null ? !1 : (finding.value = "changes", !0);
          case "change":
            return ask(model, "status");
          case "tag":
            return ask(model, "tags");
          case "choose":
            return ask(model, "winner");
          case "mark":
          case "fork":
          case "revert":
            return ask(model, action2);
          default:
            return !1;
        }
      };
      if (isTyped(event) || event.defaultPrevented) return;
      let action = actionOf(event);
      action !== void 0 && (isPlaying2.peek() && !["play", "faster", "slower"].includes(action) && stop(), act(action, event) && event.preventDefault());
    },
    [model]
  ), model.problem.value !== null && model.name.value === null)
    return /* @__PURE__ */ a4("main", { class: "only", children: [
      /* @__PURE__ */ a4("h1", { class: "spoken", children: s4("Session") }),
      /* @__PURE__ */ a4(Trouble, { problem: model.problem.value, retry: () => {
        model.open(address.peek().query.get("at"));
      } })
    ] });
  let narrow = middle.value;
  return /* @__PURE__ */ a4("main", { class: `session show-${narrow}${drawer.value ? " drawer" : ""}${model.isPast.value ? " past" : ""}`, children: [
    /* @__PURE__ */ a4(Top, { model, share: () => isExporting.value = !0 }),
    isExporting.value && /* @__PURE__ */ a4(Later, { name: "ExportSheet", with: { model, close: () => isExporting.value = !1 }, isQuiet: !0 }),
    held === null && model.name.value !== null && /* @__PURE__ */ a4(Trust, { model }),
    model.problem.value !== null && /* @__PURE__ */ a4(Trouble, { problem: model.problem.value, retry: () => model.settleState() }),
    finding.value === "words" && /* @__PURE__ */ a4(Find, { model, open: finding }),
    finding.value === "changes" && /* @__PURE__ */ a4(Later, { name: "FindChanges", with: { model, open: finding }, isQuiet: !0 }),
    /* @__PURE__ */ a4("div", { class: "panes", children: [
      /* @__PURE__ */ a4(Events, { model }),
      /* @__PURE__ */ a4("section", { class: "middle", "aria-label": s4("What was said and written"), children: [
        /* @__PURE__ */ a4("div", { class: "wide-only", children: [
          /* @__PURE__ */ a4(Tabs, { label: s4("View"), tabs: MIDDLES, chosen: narrow === "output" ? "output" : "chat", choose: (chosen) => middle.value = chosen }),
          /* @__PURE__ */ a4("button", { type: "button", class: "quiet drawer-toggle", "aria-pressed": drawer.value, onClick: () => drawer.value = !drawer.value, children: s4("Inspector") })
        ] }),
        /* @__PURE__ */ a4("div", { class: "narrow-only", children: /* @__PURE__ */ a4(Tabs, { label: s4("View"), tabs: NARROW, chosen: narrow, choose: (chosen) => middle.value = chosen }) }),
        narrow === "output" ? /* @__PURE__ */ a4(OutputPane, { model }) : /* @__PURE__ */ a4(Chat, { model })
      ] }),
      /* @__PURE__ */ a4(Inspector, { model, tab })
    ] }),
    /* @__PURE__ */ a4(TimeBar, { model, axis: axis2.value, setAxis: (chosen) => axis2.value = chosen })
  ] });
}
var text = (value) => typeof value == "string" ? value : "", number = (value) => typeof value == "number" ? value : null;
function happenedAt(model) {
  let happened = model.happened.value;
  return model.cursor.value === model.stateAt ? happened : null;
}
function subjectOf(model) {
  let { state } = model, name = model.name.peek();
  if (name === null || state === null || state.own === null) return null;
  let tags2 = state.own[".tags"], at = model.cursor.peek(), candidates = state.instances.map((instance, index) => {
    let began = timeOf(text(instance?.startTime)), ended = timeOf(text(instance?.endTime));
    return {
      number: number(instance?.instanceId) ?? index,
      agent: text(instance?.agentName),
      status: text(instance?.status),
      runtime: [text(instance?.runtimeLabel) || text(instance?.runtime), text(instance?.model)].filter((part3) => part3 !== "").join(", "),
      minutes: Number.isNaN(ended - began) ? null : (ended - began) / 6e4,
      files: number(instance?.filesChanged),
      added: number(instance?.linesAdded),
      deleted: number(instance?.linesDeleted),
      output: bytesOf(instance)
    };
  });
  return {
    name,
    task: text(state.own[".title"]) || text(state.own.task),
    revision: model.last.peek(),
    status: text(state.own.status),
    tags: Array.isArray(tags2) ? tags2.map(String) : [],
    more: { at, happened: happenedAt(model), position: model.step(at)?.position ?? null, winner: number(state.own.winnerId), candidates }
  };
}
function ask(model, part3) {
  if (model.isPast.peek() && ["status", "tags", "winner"].includes(part3))
    return notice.value = t4().cannotChangePast, !0;
  let subject = subjectOf(model);
  return subject !== null && (changing.value = { subject, part: part3 }), !0;
}
function Top({ model, share }) {
  model.folded.value;
  let own = model.state?.own, name = model.name.value, of = (key) => text(own?.[key]), tags2 = own?.[".tags"], updated = Date.parse(of("updatedAt"));
  return /* @__PURE__ */ a4("header", { class: "top", children: [
    /* @__PURE__ */ a4("div", { class: "title", children: [
      /* @__PURE__ */ a4("span", { class: "id", title: name?.full, children: line(name?.short ?? "…") }),
      /* @__PURE__ */ a4("h1", { children: line(of(".title") || of("task") || (name === null ? "…" : s4("no task"))) }),
      of("status") !== "" && /* @__PURE__ */ a4(Status, { status: standing(of("status"), model.columns.timeOf(model.stateAt), model.isPast.value ? model.columns.timeOf(model.stateAt) : Date.now()) }),
      own?.[".deleted"] === !0 && /* @__PURE__ */ a4("span", { class: "deleted", children: s4("deleted") }),
      /* @__PURE__ */ a4("span", { class: "dim type", children: line(of("type")) }),
      of(".parent") !== "" && name !== null && held === null && /* @__PURE__ */ a4(Link, { to: sessionPath(`${name.workspace}/${of(".parent")}`), class: "parent", children: [
        line(of(".relation") || "part"),
        " of ",
        line(of(".parent").slice(0, 8))
      ] }),
      Array.isArray(tags2) && tags2.map((tag) => /* @__PURE__ */ a4("span", { class: "tag", children: line(String(tag)) }, String(tag))),
      held === null && name !== null && /* @__PURE__ */ a4("button", { type: "button", class: "quiet to-export end", onClick: share, children: [
        s4("Export…"),
        " ",
        /* @__PURE__ */ a4("kbd", { children: "X" })
      ] }),
      canWrite.value && name !== null && own != null && /* @__PURE__ */ a4("button", { type: "button", class: "to-change", onClick: () => ask(model, model.isPast.peek() ? "mark" : "status"), children: [
        t4().change,
        " ",
        /* @__PURE__ */ a4("kbd", { children: "w" })
      ] }),
      !Number.isNaN(updated) && /* @__PURE__ */ a4("time", { class: `dim${held === null ? "" : " end"}`, title: instant(updated), children: ago(updated, Date.now()) })
    ] }),
    /* @__PURE__ */ a4("ul", { class: "agents", "aria-label": s4("Instances"), tabIndex: 0, children: [
      (model.state?.instances ?? []).slice(0, 12).map((instance, at) => /* @__PURE__ */ a4("li", { class: `agent-card hue-${at % 6}`, children: [
        /* @__PURE__ */ a4("span", { class: "agent", children: [
          "#",
          String(instance?.instanceId ?? at)
        ] }),
        /* @__PURE__ */ a4("span", { class: "agent-name", children: line(String(instance?.agentName ?? "")) }),
        /* @__PURE__ */ a4(Status, { status: String(instance?.status ?? "") }),
        bytesOf(instance) > 0 && /* @__PURE__ */ a4("span", { class: "dim number", children: size(bytesOf(instance)) }),
        own?.winnerId === instance?.instanceId && instance?.instanceId !== void 0 && /* @__PURE__ */ a4("span", { class: "winner", children: s4("winner") })
      ] }, at)),
      (model.state?.instances.length ?? 0) > 12 && /* @__PURE__ */ a4("li", { class: "dim", children: t4().more((model.state?.instances.length ?? 0) - 12) })
    ] })
  ] });
}

// ui/main.tsx
var refused = y3(null), isIn = y3(!1), help = y3(!1), asking = y3(!1), palette = y3(!1), masked = y3(!1);
function App() {
  let screen = screenOf(address.value.path), at = address.value.query.get("at");
  A2(() => {
    let titles = {
      sessions: s4("Sessions"),
      board: s4("Board"),
      search: s4("Search"),
      metrics: s4("Metrics"),
      compare: s4("Compare"),
      sources: s4("Sources"),
      session: screen.name === "session" ? screen.session : "",
      nothing: s4("Nothing")
    };
    document.title = `${titles[screen.name]} · retold`;
  }, [address.value.path]), useKeys((event) => {
    if (!(actionOf(event) !== "palette" && isTyped(event)) && !(event.target instanceof HTMLElement && event.target.closest("dialog") !== null) && !(held !== null && ["goTo", "palette", "json", "copyCommand"].includes(actionOf(event) ?? ""))) {
      switch (actionOf(event)) {
        case "help":
          help.value = !0;
          break;
        case "goTo":
          asking.value = !0;
          break;
        case "palette":
          palette.value = !0;
          break;
        case "copyCommand": {
          let shown = screenOf(address.peek().path);
          if (shown.name === "session") return;
          let command = commandOf(shown, address.peek().query);
          command === void 0 ? notice.value = s4("There is no command for this.") : copied(ofTeam(command));
          break;
        }
        case "json":
          open(dataOf(location.pathname, new URLSearchParams(location.search)), "_blank", "noopener");
          break;
        case "undo":
          undoLast();
          break;
        case "copyLink":
          navigator.clipboard?.writeText(location.href).then(() => {
            notice.value = s4("Copied the link to this moment.");
          });
          break;
        default:
          return;
      }
      event.preventDefault();
    }
  }, []);
  let isSummed = screen.name === "metrics" || screen.name === "compare", isList = screen.name === "sessions" || screen.name === "board";
  return /* @__PURE__ */ a4($, { children: [
    /* @__PURE__ */ a4("header", { class: "bar", children: [
      /* @__PURE__ */ a4(Link, { to: "/sessions", class: "brand", children: "retold" }),
      team.value !== null && /* @__PURE__ */ a4("span", { class: "dim team-name", children: line(team.value) }),
      held !== null && /* @__PURE__ */ a4("span", { class: "dim held", children: [
        held.is_masked ? /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => masked.value = !0, children: s4("{} masked", count(held.masked, "secret")) }) : s4("secrets are not masked"),
        " ",
        held.without.length > 0 && `· ${s4("left out: {}", held.without.map(say).join(", "))} `,
        "· position ",
        held.head.as_of.position,
        " ·",
        " ",
        /* @__PURE__ */ a4("span", { class: "number", children: held.head.as_of.hash.slice(0, 12) })
      ] }),
      held === null && /* @__PURE__ */ a4("nav", { "aria-label": s4("Screens"), children: [
        /* @__PURE__ */ a4(Link, { to: withQuery("/board", { at: isList ? at : null }), ...screen.name === "board" ? { "aria-current": "page" } : {}, children: s4("Board") }),
        /* @__PURE__ */ a4(Link, { to: withQuery("/sessions", { at: isList ? at : null }), ...screen.name === "sessions" ? { "aria-current": "page" } : {}, children: s4("Sessions") }),
        /* @__PURE__ */ a4(Link, { to: "/search", ...screen.name === "search" ? { "aria-current": "page" } : {}, children: s4("Search") }),
        team.value === null && /* @__PURE__ */ a4(Link, { to: "/metrics", ...screen.name === "metrics" ? { "aria-current": "page" } : {}, children: s4("Metrics") })
      ] }),
      held === null && /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4("button", { type: "button", class: "quiet end palette", onClick: () => palette.value = !0, children: [
          /* @__PURE__ */ a4("span", { class: "words", children: s4("Find or do…") }),
          " ",
          /* @__PURE__ */ a4("kbd", { children: "Ctrl K" }),
          /* @__PURE__ */ a4("span", { class: "glyph-only", "aria-hidden": "true", children: "⌕" })
        ] }),
        /* @__PURE__ */ a4("button", { type: "button", class: "quiet go-to", onClick: () => asking.value = !0, children: [
          s4("Go to…"),
          " ",
          /* @__PURE__ */ a4("kbd", { children: "g" })
        ] }),
        /* @__PURE__ */ a4("span", { class: `live${isConnected.value ? " on" : ""}`, role: "status", children: isConnected.value ? s4("live") : s4("not live") })
      ] }),
      held === null && /* @__PURE__ */ a4(Languages, {}),
      /* @__PURE__ */ a4("button", { type: "button", class: `quiet${held === null ? "" : " end"}`, onClick: () => help.value = !0, "aria-label": s4("Keys"), children: "?" })
    ] }),
    (isList || isSummed) && at !== null && /* @__PURE__ */ a4("div", { class: "banner", role: "status", children: [
      s4("You see the store as of {}", pointName(at)),
      /* @__PURE__ */ a4(Link, { to: isSummed ? withQuery(address.value.path, { ...Object.fromEntries(address.value.query), at: null }) : address.value.path, children: s4("back to now") })
    ] }),
    refused.value !== null ? /* @__PURE__ */ a4("main", { class: "only", children: [
      /* @__PURE__ */ a4("h1", { children: s4("No way in") }),
      /* @__PURE__ */ a4(Trouble, { problem: refused.value }),
      refused.value.status === 401 && /* @__PURE__ */ a4(Later, { name: "Entrance", isQuiet: !0 })
    ] }) : isIn.value ? screen.name === "sessions" ? /* @__PURE__ */ a4(SessionsScreen, {}) : screen.name === "board" ? /* @__PURE__ */ a4(Later, { name: "BoardScreen" }) : screen.name === "search" ? /* @__PURE__ */ a4(Later, { name: "SearchScreen" }) : screen.name === "metrics" ? /* @__PURE__ */ a4(Later, { name: "MetricsScreen" }) : screen.name === "compare" ? /* @__PURE__ */ a4(Later, { name: "CompareScreen" }) : screen.name === "sources" ? /* @__PURE__ */ a4(Later, { name: "SourcesScreen" }) : screen.name === "session" ? /* @__PURE__ */ a4(SessionScreen, { session: screen.session }, screen.session) : /* @__PURE__ */ a4("main", { class: "only", children: [
      /* @__PURE__ */ a4("h1", { children: s4("There is nothing at this address") }),
      /* @__PURE__ */ a4("p", { children: /* @__PURE__ */ a4(Link, { to: "/sessions", children: s4("The sessions") }) })
    ] }) : /* @__PURE__ */ a4("main", { class: "only", "aria-busy": "true", children: /* @__PURE__ */ a4("h1", { class: "spoken", children: "retold" }) }),
    /* @__PURE__ */ a4("div", { class: "notice", role: "status", "aria-live": "polite", children: line(notice.value) }),
    canWrite.value && /* @__PURE__ */ a4(Later, { name: "DoneBar", isQuiet: !0 }),
    canWrite.value && /* @__PURE__ */ a4(Later, { name: "ChangeSheet", isQuiet: !0 }),
    masked.value && held !== null && /* @__PURE__ */ a4(MaskedSheet, { held, close: () => masked.value = !1 }),
    help.value && /* @__PURE__ */ a4(Help, { close: () => help.value = !1 }),
    palette.value && /* @__PURE__ */ a4(Later, { name: "Palette", isQuiet: !0, with: { close: () => palette.value = !1, isOfSession: screen.name === "session" } }),
    asking.value && /* @__PURE__ */ a4(Later, { name: "GoTo", isQuiet: !0, with: { close: () => asking.value = !1 } })
  ] });
}
function pointName(at) {
  if (/^\d+$/.test(at)) return s4("position {}", Number(at).toLocaleString("en"));
  let ms = timeOf(at);
  return Number.isNaN(ms) ? line(at) : instant(ms);
}
function Languages() {
  return /* @__PURE__ */ a4("select", { class: "languages", "aria-label": "Language, 言語", value: language.value, onChange: (event) => {
    speak(event.currentTarget.value, !0);
  }, children: LANGUAGES.map(([name, own]) => /* @__PURE__ */ a4("option", { value: name, lang: name, children: own }, name)) });
}
function Help({ close }) {
  return /* @__PURE__ */ a4(Sheet, { title: s4("Keys"), close, children: [
    held === null && /* @__PURE__ */ a4(Languages, {}),
    /* @__PURE__ */ a4("dl", { class: "keys", children: keysNow().map(([, binding]) => /* @__PURE__ */ a4("div", { children: [
      /* @__PURE__ */ a4("dt", { children: binding.keys.length > 9 ? /* @__PURE__ */ a4("kbd", { children: "0–9" }) : binding.keys.map((key) => /* @__PURE__ */ a4("kbd", { children: nameOf(key) }, key)) }),
      /* @__PURE__ */ a4("dd", { children: s4(binding.about) })
    ] }, binding.about)) })
  ] });
}
async function begin2() {
  if (held !== null) {
    isIn.value = !0;
    return;
  }
  try {
    await enter(), isIn.value = !0, listen(), await readPage();
  } catch (error) {
    refused.value = asProblem(error);
  }
}
var root = document.getElementById("app");
root !== null && Q(/* @__PURE__ */ a4(App, {}), root);
begin();
begin2();
export {
  Asking,
  COLUMNS,
  Facets,
  FindBar,
  $ as Fragment,
  Link,
  LogBar,
  Nothing,
  Past,
  Places,
  Pool,
  SILENT_AFTER,
  SearchBox,
  Sheet,
  Status,
  Tabs,
  Trouble,
  actionOf,
  address,
  again,
  ago,
  asProblem,
  askOf,
  bring,
  canWrite,
  change,
  changing,
  clock,
  columnOf,
  count,
  dataIn,
  dollars,
  done,
  drawKey,
  failed,
  filterOf,
  get,
  glyphOf,
  go,
  instant,
  instantOf,
  isAbort,
  isTyped,
  a4 as jsx,
  a4 as jsxs,
  keysNow,
  line,
  linkOf,
  mark,
  marks,
  momentOf,
  nameOf,
  notice,
  placesOf2 as placesOf,
  pointOf,
  refine,
  roughly,
  s4 as s,
  say,
  screenOf,
  searchOf,
  sessionPath,
  setStatus,
  y3 as signal,
  size,
  standingOf,
  stretch,
  t4 as t,
  team,
  timeOf,
  tokens,
  useAnswer,
  useAsking,
  A2 as useEffect,
  useKeys,
  F2 as useLayoutEffect,
  useList,
  w2 as useMemo,
  useRead,
  T2 as useRef,
  useRest,
  useSignal,
  useTyped,
  visible,
  withQuery
};
